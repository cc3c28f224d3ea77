"""What may come to a PDF after a signature: filled signatures, time stamps and what answers for them. Nothing else."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)

_LATER = ModificationLevel.LTA_UPDATES


class _AsWritten(HistoricalResolver):
    """An earlier revision. The number of its cross-reference stream is free again where no table names that stream.

    PDFBox, and with it the European library and all who sign with it, gives that number to the next object it writes.
    Nothing in the earlier revision could mean it: an object is found through a table alone, and a reference that
    pointed at nothing then is looked at by the policy like any other that comes to point elsewhere.
    """

    def is_ref_unassignable(self, ref: Reference) -> bool:
        if super().is_ref_unassignable(ref):
            return True
        tables = self.reader.xrefs
        stream = tables.get_xref_container_info(self.revision).stream_ref
        if stream is None or (stream.idnum, stream.generation) != (ref.idnum, ref.generation):
            return False
        named = (tables.get_xref_data(revision) for revision in range(self.revision + 1))
        return not any((ref.idnum, ref.generation) in each.explicit_refs_in_revision for each in named)


class _Policy(StandardDiffPolicy):
    def apply(self, old: HistoricalResolver, new: HistoricalResolver, *more: Any, **named: Any) -> Any:
        return super().apply(_AsWritten(old.reader, old.revision), new, *more, **named)


NOTHING_BUT_SIGNATURES = _Policy(
    global_rules=[
        CatalogModificationRule(),  # type: ignore[no-untyped-call]
        DocInfoRule().as_qualified(_LATER),
        XrefStreamRule().as_qualified(_LATER),
        ObjectStreamRule().as_qualified(_LATER),
        DSSCompareRule().as_qualified(_LATER),
        MetadataUpdateRule().as_qualified(_LATER),  # type: ignore[no-untyped-call]
    ],
    form_rule=FormUpdatingRule(
        field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]  # type: ignore[no-untyped-call]
    ),
)
