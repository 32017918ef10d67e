"""What a channel, a neuron or a class wants to see, grown as a stream of frames."""
