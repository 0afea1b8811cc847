"""Grey pixels -> bits -> packed words."""
