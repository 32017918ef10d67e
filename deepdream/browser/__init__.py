"""The dream on the visitor's own device: the step of a dream as ONNX graphs, and the static site that runs them."""
