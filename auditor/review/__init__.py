"""What was found, looked at again: which findings a change of the tables concerns, and how two audits differ."""
