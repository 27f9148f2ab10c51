"""Break-glass: windows on chain, and the keys that custodians hold in shares."""
