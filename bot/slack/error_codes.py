"""The kind of each of Slack's error codes, which decides what is done about it. Pure.

The codes are those of the tables "Errors" on the pages of chat.postMessage, chat.update, chat.postEphemeral,
files.getUploadURLExternal, files.completeUploadExternal, views.open, views.update and views.publish, under
https://docs.slack.dev/reference/methods, and of conversations.info and users.info for the lookups before them.
"""

from __future__ import annotations

import enum


class RefusalKind(enum.Enum):
    """What a refused call says, and with that what to do about it."""

    MESSAGE_GONE = "the message is not there, or cannot be edited any more"
    """What was to be edited or answered was deleted, by a person or by a retention policy, or is closed for edits."""
    THREAD_CLOSED = "nobody, or not the bot, may reply there"
    """The channel may still take messages outside the thread."""
    PLACE_CLOSED = "the channel or person cannot be posted to"
    """Trying again will not help until people change something; another place may work."""
    VIEW_GONE = "the window is not open"
    """The person closed it, or opened another one."""
    VIEW_CHANGED = "the view has changed since it was seen"
    """It can be drawn again at once."""
    TOO_LATE = "the trigger of a click or command was over"
    """The person has to click again."""
    TEMPORARY = "Slack is not well, or asks to wait"
    """It says nothing about the call, which is made again later."""
    NOT_SET_UP = "the token, its scopes, or the app's settings"
    """No call of this kind works until whoever runs the bot acts."""
    OUR_MISTAKE = "the call itself"
    """The bot made a call that Slack does not take. A code that is in no table counts as this, so that it is seen."""


_CODES: dict[RefusalKind, str] = {
    RefusalKind.MESSAGE_GONE: "message_not_found cant_update_message edit_window_closed thread_not_found",
    RefusalKind.THREAD_CLOSED: (
        "cannot_reply_to_message restricted_action_thread_locked restricted_action_non_threadable_channel"
    ),
    RefusalKind.PLACE_CLOSED: (
        "channel_not_found invalid_channel not_in_channel is_archived is_inactive "
        "restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel "
        "posting_to_channel_denied access_denied team_access_not_granted team_not_found "
        "user_not_found user_not_in_channel user_not_visible user_disabled cannot_dm_bot "
        "messages_tab_disabled"
    ),
    RefusalKind.VIEW_GONE: "not_found",
    RefusalKind.VIEW_CHANGED: "hash_conflict",
    RefusalKind.TOO_LATE: "expired_trigger_id exchanged_trigger_id trigger_expired trigger_exchanged",
    RefusalKind.TEMPORARY: (
        "ratelimited rate_limited message_limit_exceeded internal_error fatal_error service_unavailable "
        "request_timeout update_failed file_update_failed team_added_to_org org_login_required "
        "external_channel_migrating streaming_state_conflict ekm_access_denied"
    ),
    RefusalKind.NOT_SET_UP: (
        "not_authed invalid_auth account_inactive token_revoked token_expired missing_scope no_permission "
        "not_allowed_token_type two_factor_setup_required accesslimited deprecated_endpoint method_deprecated "
        "enterprise_is_restricted unknown_method not_enabled as_user_not_supported is_bot storage_limit_reached "
        "file_uploads_disabled file_uploads_except_images_disabled file_upload_size_restricted"
    ),
    RefusalKind.OUR_MISTAKE: (
        "msg_too_long msg_blocks_too_long no_text too_many_attachments too_many_contact_cards invalid_attachments "
        "invalid_blocks invalid_blocks_format block_mismatch markdown_text_conflict metadata_too_large "
        "invalid_metadata_format invalid_metadata_schema metadata_must_be_sent_from_app cant_broadcast_message "
        "no_dual_broadcast_content_update duplicate_channel_not_found duplicate_message_not_found "
        "file_not_found missing_argument snippet_too_large unknown_snippet_type unknown_subtype alt_txt_too_large "
        "channels_limit_exceeded view_too_large duplicate_external_id push_limit_reached invalid_trigger_id "
        "missing_profile_id not_implemented channel_type_not_supported method_not_supported_for_channel_type "
        "invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type "
        "missing_post_type"
    ),
}

NO_TOKEN_ANY_MORE = frozenset({"account_inactive", "invalid_auth", "token_expired", "token_revoked"})
"""What Slack answers to a token that was rotated or revoked, before it does anything."""

TOKEN_REFUSED = NO_TOKEN_ANY_MORE | {
    "missing_args",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "team_disabled",
    "user_removed_from_team",
}
"""Codes that say that the token will never work (https://docs.slack.dev/reference/methods/apps.connections.open#errors)."""

_PLACE_PREFIXES = ("restricted_action", "slack_connect_")
"""Beginnings of codes of which Slack has several, and may add more, about where something may be posted."""

KINDS = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
"""What each known code is about."""


def kind_of(code: str) -> RefusalKind:
    """Return what an error code of Slack's is about."""
    if code in KINDS:
        return KINDS[code]
    return RefusalKind.PLACE_CLOSED if code.startswith(_PLACE_PREFIXES) else RefusalKind.OUR_MISTAKE
