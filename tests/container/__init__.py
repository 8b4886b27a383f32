"""The image's steps, run without a container runtime, and the files and examples for platforms.

dockerfile.py   the stages of the Dockerfile, and what .dockerignore keeps from the builder
layers.py       folders that are one root directory together, as an image's layers are
steps.py        carries out the steps, and starts what the image starts
"""
