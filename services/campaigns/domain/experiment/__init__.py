"""An experiment: who is treated and who is held out, decided once and never changed."""
