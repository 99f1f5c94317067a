"""Pure decisions of campaigns: no IO, no clock."""
