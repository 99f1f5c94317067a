"""Read models: projected inline with the append, or from topics; rebuilt beside the live one."""
