"""Speed against peers and limits: `make bench`. Never a timed test."""
