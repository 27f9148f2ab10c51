"""From settings to a participant: a node, an account, keys, a vault and what lies in its folder."""
