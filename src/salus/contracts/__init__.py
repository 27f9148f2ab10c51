"""What the contracts in `contracts/` say: structs, events, errors, one module for each."""
