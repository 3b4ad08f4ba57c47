"""Speed as ratios within one run; run by hand or by `make bench`, never by the tests."""
