"""Rows of the tables as the values of `core.records`, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping

from app.core.chat import FinishReason, MessageStatus, Role
from app.core.engine import GenerationParams
from app.core.errors import ErrorCode, ErrorInfo
from app.core.records import AnswerFigures, ConversationSummary, MessageRecord
from app.storage.database import Row

SUMMARY_COLUMNS = "id, uuid, title, title_is_auto, pinned, created_at, updated_at, deleted_at, model_ref"
MESSAGE_COLUMNS = (
    "id, conversation_id, parent_id, role, text, status, created_at, reasoning, finish_reason, model_ref, "
    "prompt_tokens, output_tokens, first_token_ms, duration_ms, error_code, error_params"
)

_ROLES = {role.value: role for role in Role}
_STATUSES = {status.value: status for status in MessageStatus}
_REASONS = {reason.value: reason for reason in FinishReason}
_ERROR_CODES = {code.value: code for code in ErrorCode}
_NO_FIGURES = AnswerFigures()


def summary_of(row: Row) -> ConversationSummary:
    """A row of `SUMMARY_COLUMNS`."""
    return ConversationSummary(
        id=row[0],
        uuid=row[1],
        title=row[2],
        title_is_auto=bool(row[3]),
        pinned=bool(row[4]),
        created_at=row[5],
        updated_at=row[6],
        deleted_at=row[7],
        model_ref=row[8],
    )


def message_of(row: Row, version_ids: tuple[int, ...] = ()) -> MessageRecord:
    """A row of `MESSAGE_COLUMNS` with the ids of its versions."""
    figures = row[10:14]
    return MessageRecord(
        id=row[0],
        conversation_id=row[1],
        parent_id=row[2],
        role=_ROLES.get(row[3], Role.ASSISTANT),  # unknown ones: a newer app wrote them
        text=row[4],
        status=_STATUSES.get(row[5], MessageStatus.COMPLETE),
        created_at=row[6],
        reasoning=row[7],
        finish_reason=_REASONS.get(row[8]),
        model_ref=row[9],
        figures=_NO_FIGURES if figures == (None, None, None, None) else AnswerFigures(*figures),
        error=_error_of(row[14], row[15]),
        version_ids=version_ids or (row[0],),
    )


def params_json(params: GenerationParams, system_prompt: str) -> str:
    """How an answer was asked for, as it is kept with it."""
    return json.dumps(
        {
            "max_tokens": params.max_tokens,
            "temperature": params.temperature,
            "top_p": params.top_p,
            "seed": params.seed,
            "system_prompt": system_prompt,
        },
        ensure_ascii=False,
    )


def error_params_json(error: ErrorInfo | None) -> str | None:
    """The parameters of an error as text; None without an error."""
    return None if error is None else json.dumps(dict(error.params), ensure_ascii=False)


def _error_of(code: str | None, params: str | None) -> ErrorInfo | None:
    if code is None:
        return None
    # A code from a newer app is still an error: it is shown as the general one, with its name.
    known = _ERROR_CODES.get(code)
    if known is None:
        return ErrorInfo(ErrorCode.STORAGE_FAILED, {"path": "", "detail": code})
    return ErrorInfo(known, _text_mapping(params))


def _text_mapping(text: str | None) -> Mapping[str, str]:
    try:
        loaded = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in loaded.items()} if isinstance(loaded, dict) else {}
