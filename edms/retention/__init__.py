"""Retention: how long what is kept, by pure rules over a schedule that is data. Periods are never shortened."""

from __future__ import annotations

from edms.retention.keeping import KeepUntil, explain, keep_until, longer
from edms.retention.schedule import Action, RetentionClass, Trigger, retention_class, schedule

__all__ = [
    "Action",
    "KeepUntil",
    "RetentionClass",
    "Trigger",
    "explain",
    "keep_until",
    "longer",
    "retention_class",
    "schedule",
]
