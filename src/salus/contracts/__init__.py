"""What the contracts in `contracts/` say: errors, events and structs, one package for each."""
