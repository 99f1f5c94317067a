"""What segmentation can be asked."""
