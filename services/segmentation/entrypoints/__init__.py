"""Where segmentation is called: HTTP, consumers, the daily job."""
