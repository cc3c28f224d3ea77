"""Templates, drafts, visas, the signer's one act, and every printed paper. Knows nothing of services."""
