"""Draw a ComfyUI workflow and what it made, for the documents.

``python tools/draw_workflow.py WORKFLOW PICTURE NODE=IMAGE...``: boxes and links as in
the workflow file, with an image in the boxes that are named by their numbers.
"""

import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

MARGIN, TITLE, LINE = 24, 26, 18
BACK, BOX, HEAD, TEXT = (32, 32, 34), (53, 53, 56), (70, 72, 84), (225, 225, 225)
LINKS = {"IMAGE": (100, 178, 255), "MASK": (129, 199, 132)}


def draw(workflow: dict, images: dict[int, Image.Image]) -> Image.Image:
    """Return the picture of a workflow."""
    boxes = {node["id"]: (*node["pos"], *node["size"]) for node in workflow["nodes"]}
    left = min(box[0] for box in boxes.values()) - MARGIN
    top = min(box[1] for box in boxes.values()) - MARGIN - TITLE
    width = max(box[0] + box[2] for box in boxes.values()) - left + MARGIN
    height = max(box[1] + box[3] for box in boxes.values()) - top + MARGIN
    picture = Image.new("RGB", (width, height), BACK)
    pen = ImageDraw.Draw(picture)
    place = {n: (b[0] - left, b[1] - top, b[2], b[3]) for n, b in boxes.items()}
    for link in workflow["links"]:
        _draw_link(pen, link, place)
    for node in workflow["nodes"]:
        _draw_node(picture, pen, node, place[node["id"]], images.get(node["id"]))
    return picture


def _draw_link(pen: ImageDraw.ImageDraw, link: list, place: dict) -> None:
    _, source, out, target, slot, kind = link
    x, y, width, _ = place[source]
    begin = (x + width, y + 12 + LINE * out)
    end = (place[target][0], place[target][1] + 12 + LINE * slot)
    middle = (begin[0] + end[0]) / 2
    points = [begin, (middle, begin[1]), (middle, end[1]), end]
    pen.line(points, fill=LINKS.get(kind, TEXT), width=3, joint="curve")


def _draw_node(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    node: dict,
    box: tuple[int, int, int, int],
    image: Image.Image | None,
) -> None:
    x, y, width, height = box
    font = ImageFont.load_default(13)
    pen.rectangle((x, y - TITLE, x + width, y), fill=HEAD)
    pen.rectangle((x, y, x + width, y + height), fill=BOX)
    pen.text((x + 8, y - TITLE + 5), node["type"], fill=TEXT, font=font)
    n_rows = max(len(node["inputs"]), len(node["outputs"]))
    for row, slot in enumerate(node["inputs"]):
        pen.text((x + 10, y + 4 + LINE * row), slot["name"], fill=TEXT, font=font)
    for row, slot in enumerate(node["outputs"]):
        at = (x + width - 10, y + 4 + LINE * row)
        pen.text(at, slot["name"], fill=TEXT, font=font, anchor="ra")
    below = y + 10 + LINE * n_rows
    if image is not None:
        image = image.copy()
        image.thumbnail((width - 16, y + height - below - 6))
        picture.paste(image, (x + (width - image.width) // 2, below))
        return
    for row, value in enumerate(node["widgets_values"]):
        at = (x + 16, below + LINE * row)
        pen.text(at, str(value), fill=(160, 160, 165), font=font)


def main(arguments: list[str]) -> None:
    """Draw the workflow that the arguments name."""
    workflow = json.loads(Path(arguments[0]).read_text("utf-8"))
    pairs = [pair.split("=", 1) for pair in arguments[2:]]
    images = {int(number): Image.open(path) for number, path in pairs}
    draw(workflow, images).save(arguments[1], quality=88)


if __name__ == "__main__":
    main(sys.argv[1:])
