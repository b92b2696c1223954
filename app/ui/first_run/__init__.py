"""The welcome of a first start, and the list of models with their addresses. Takes values only."""
