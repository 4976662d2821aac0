"""The compositor node "HDR Reconstruct": a native node group with settings.

A native group renders correctly where the add-on is not installed: the result is in
files of Image nodes, and the controls are math nodes,

    out = H + L r^s - H_0,  r = (H_0 / L) 2^(q(b) u)       per channel
    then the ceiling on the whole pixel, then exposure

H  result                         H_0  result, at least black
L  plate without added light      s    strength
u  uncertainty in stops           q    Laplace quantile of boldness b

With the default controls out = H.
"""

import bpy

BLACK = 1e-6
NAME = "HDR Reconstruct"
CONTROLS = (
    ("Strength", 1.0, 0.0, 1.0, "Share of the added light, in stops"),
    ("Boldness", 0.5, 0.0, 1.0, "Quantile of the added light; 0.5 is the median"),
    ("Exposure", 0.0, -30.0, 30.0, "Gain on the whole result, in stops"),
    ("Ceiling", 20.0, 0.0, 20.0, "Most light above clip, in stops"),
)
LAYERS = ("hdr", "linear", "mask", "uncertainty")
# 5.0 has only the shared math node; 4.2 has only the compositor's own.
MATH = "ShaderNodeMath" if bpy.app.version >= (5, 0, 0) else "CompositorNodeMath"


def is_hdr_node(node: bpy.types.Node | None) -> bool:
    """Return whether ``node`` is a HDR Reconstruct group."""
    tree = getattr(node, "node_tree", None)
    return tree is not None and tree.hdr_core.is_node


def hdr_groups() -> list[bpy.types.NodeTree]:
    """Return the HDR Reconstruct groups of the file."""
    return [tree for tree in bpy.data.node_groups if tree.hdr_core.is_node]


def compositor_tree(scene: bpy.types.Scene, *, make: bool) -> bpy.types.NodeTree | None:
    """Return the compositor tree of a scene.

    Args:
        scene: Scene.
        make: Create the tree, with an output, if there is none.

    Returns:
        The tree, or None if there is none.
    """
    if bpy.app.version >= (5, 0, 0):
        tree = scene.compositing_node_group
        if tree is None and make:
            tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
            _socket(tree, "Image", "OUTPUT", "Color")
            tree.nodes.new("NodeGroupOutput").location = (600, 0)
            scene.compositing_node_group = tree
        return tree
    if make and not scene.use_nodes:
        scene.use_nodes = True
    return scene.node_tree


def add_node(tree: bpy.types.NodeTree) -> bpy.types.Node:
    """Add a HDR Reconstruct node to a compositor tree and make it active."""
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree = new_group()
    node.label, node.width = NAME, 220
    for other in tree.nodes:
        other.select = other == node
    tree.nodes.active = node
    return node


def new_group() -> bpy.types.NodeTree:
    """Return a new group that passes its input through, as it has no result yet."""
    tree = bpy.data.node_groups.new(NAME, "CompositorNodeTree")
    tree.hdr_core.is_node = True
    _socket(tree, "Image", "INPUT", "Color")
    for name, default, low, high, meaning in CONTROLS:
        socket = _socket(tree, name, "INPUT", "Float")
        socket.default_value = default
        socket.min_value, socket.max_value = low, high
        socket.subtype = "FACTOR" if high == 1.0 else "NONE"
        socket.description = meaning
    _socket(tree, "HDR", "OUTPUT", "Color")
    _socket(tree, "Clip Mask", "OUTPUT", "Float")
    _socket(tree, "Uncertainty", "OUTPUT", "Float")
    _Builder(tree).build()
    return tree


def show_result(
    tree: bpy.types.NodeTree, images: dict[str, bpy.types.Image] | None
) -> None:
    """Show a result in a group and remove the images of the previous one.

    Args:
        tree: Node tree of the group.
        images: Images of the result, by layer; None means no result.
    """
    before = {tree.nodes[layer].image for layer in LAYERS} - {None}
    for layer in LAYERS:
        tree.nodes[layer].image = None if images is None else images[layer]
    out = tree.nodes["out"].inputs
    sources = {
        "HDR": ("combined" if images else "in", "Image"),
        "Clip Mask": ("mask", "Image"),
        "Uncertainty": ("largest uncertainty", "Value"),
    }
    for name, (node, socket) in sources.items():
        for link in out[name].links:
            tree.links.remove(link)
        if images or name == "HDR":
            tree.links.new(tree.nodes[node].outputs[socket], out[name])
    for image in before:
        if image.users == 0:
            bpy.data.images.remove(image)


def show_frames(
    tree: bpy.types.NodeTree, *, first: int, n_frames: int, file_offset: int
) -> None:
    """Play the images of a result as sequences.

    Args:
        tree: Node tree of the group.
        first: First frame of the scene that shows a file.
        n_frames: Number of files.
        file_offset: Number in a file's name, minus the frame that shows it.
    """
    for layer in LAYERS:
        node = tree.nodes[layer]
        node.image.source = "SEQUENCE"
        node.frame_start, node.frame_duration = first, n_frames
        node.frame_offset = first - 1 + file_offset
        node.use_auto_refresh = True


def _socket(
    tree: bpy.types.NodeTree, name: str, side: str, kind: str
) -> bpy.types.NodeTreeInterfaceSocket:
    socket_type = f"NodeSocket{kind}"
    return tree.interface.new_socket(name, in_out=side, socket_type=socket_type)


class _Builder:
    """Makes the nodes of a group; its methods follow the formulas above."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree, self.n_nodes = tree, 0
        self.inputs = self.node("NodeGroupInput", "in").outputs

    def build(self) -> None:
        """Make all nodes and link the input through."""
        for layer in LAYERS:
            self.node("CompositorNodeImage", layer)
        self.node("NodeGroupOutput", "out")
        light = self.split("hdr")
        plain = self.split("linear")
        doubt = self.split("uncertainty")
        quantile = self.quantile()
        channels = zip(light, plain, doubt, strict=True)
        pixel = [self.channel(*three, quantile) for three in channels]
        largest = self.math("MAXIMUM", self.math("MAXIMUM", *doubt[:2]), doubt[2])
        self.math("MAXIMUM", largest, 0.0).node.name = "largest uncertainty"
        self.join(self.expose(self.limit(pixel, plain)))
        show_result(self.tree, None)

    def node(self, kind: str, name: str) -> bpy.types.Node:
        """Add a node with this name."""
        node = self.tree.nodes.new(kind)
        node.name = name
        node.location = (200 * (self.n_nodes // 8), -180 * (self.n_nodes % 8))
        self.n_nodes += 1
        return node

    def math(self, operation: str, *values: object) -> bpy.types.NodeSocket:
        """Add a math node with sockets and numbers as inputs; return its output."""
        node = self.node(MATH, operation.lower())
        node.operation = operation
        for place, value in enumerate(values):
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[place])
            else:
                node.inputs[place].default_value = value
        return node.outputs[0]

    def split(self, layer: str) -> list[bpy.types.NodeSocket]:
        """Return the red, green and blue sockets of a layer."""
        node = self.node("CompositorNodeSeparateColor", f"split {layer}")
        image = self.tree.nodes[layer].outputs["Image"]
        self.tree.links.new(image, node.inputs[0])
        return list(node.outputs)[:3]

    def quantile(self) -> bpy.types.NodeSocket:
        """Return q of boldness b, with b limited to 0.01 to 0.99."""
        share = self.math("MAXIMUM", self.inputs["Boldness"], 0.01)
        share = self.math("MINIMUM", share, 0.99)
        tail = self.math("MINIMUM", share, self.math("SUBTRACT", 1.0, share))
        depth = self.math("LOGARITHM", self.math("MULTIPLY", tail, 2.0), 2.718281828)
        sign = self.math("SIGN", self.math("SUBTRACT", 0.5, share))
        return self.math("MULTIPLY", depth, sign)

    def channel(
        self,
        light: bpy.types.NodeSocket,
        plain: bpy.types.NodeSocket,
        doubt: bpy.types.NodeSocket,
        quantile: bpy.types.NodeSocket,
    ) -> bpy.types.NodeSocket:
        """Return one channel with strength and boldness applied."""
        high = self.math("MAXIMUM", light, BLACK)
        low = self.math("MAXIMUM", plain, BLACK)
        bold = self.math("POWER", 2.0, self.math("MULTIPLY", quantile, doubt))
        ratio = self.math("MULTIPLY", self.math("DIVIDE", high, low), bold)
        gain = self.math("POWER", ratio, self.inputs["Strength"])
        scaled = self.math("MULTIPLY", low, gain)
        # A low quantile must not fall below the plate itself.
        scaled = self.math("MAXIMUM", scaled, self.math("MINIMUM", high, low))
        return self.math("ADD", light, self.math("SUBTRACT", scaled, high))

    def limit(
        self, pixel: list[bpy.types.NodeSocket], plain: list[bpy.types.NodeSocket]
    ) -> list[bpy.types.NodeSocket]:
        """Return the pixel scaled below the ceiling; its hue stays."""
        brightest = self.math("MAXIMUM", self.math("MAXIMUM", *pixel[:2]), pixel[2])
        brightest = self.math("MAXIMUM", brightest, BLACK)
        ceiling = self.math("POWER", 2.0, self.inputs["Ceiling"])
        scale = self.math("MINIMUM", self.math("DIVIDE", ceiling, brightest), 1.0)
        return [
            self.math(
                "MAXIMUM",
                self.math("MULTIPLY", channel, scale),
                self.math("MINIMUM", channel, low),
            )
            for channel, low in zip(pixel, plain, strict=True)
        ]

    def expose(self, pixel: list[bpy.types.NodeSocket]) -> list[bpy.types.NodeSocket]:
        """Return the pixel with the exposure applied."""
        gain = self.math("POWER", 2.0, self.inputs["Exposure"])
        return [self.math("MULTIPLY", channel, gain) for channel in pixel]

    def join(self, channels: list[bpy.types.NodeSocket]) -> None:
        """Combine the channels with the alpha of the result."""
        node = self.node("CompositorNodeCombineColor", "combined")
        split = self.tree.nodes["split hdr"]
        for place, channel in enumerate([*channels, split.outputs[3]]):
            self.tree.links.new(channel, node.inputs[place])
