"""`DrugProvenance`: values, events and errors."""
