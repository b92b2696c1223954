"""What the app says to people, as source strings in English; the translations are in `resources/i18n`."""
