"""run_workflow.py runs in ComfyUI's own Python, which pytest here has not."""

collect_ignore = ["run_workflow.py"]
