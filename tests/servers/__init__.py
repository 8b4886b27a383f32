"""Databases' servers as processes of their own, which tests start, stop and fail over: poolers and standbys."""
