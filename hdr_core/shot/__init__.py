"""What the frames of a shot share: takes, camera, and light without flicker."""
