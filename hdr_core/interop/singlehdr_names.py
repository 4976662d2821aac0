"""The variable of Liu et al. for each parameter of preset ``released``.

    scope                                  layers, in the order of their graph
    Dequantization_Net, Refinement_Net     conv2d, conv2d_1 ... conv2d_18
    crf_feature_net                        conv1, res2a_branch1 ... res3b_branch2c
    ae_invcrf_decode_net                   dense
    Hallucination_Net                      encoder/h1/conv_1 ... decoder/h7/...

Source: the names in the authors' code (github.com/alex04072000/SingleHDR, TensorFlow
1.10). Names that the code does not give follow from TensorFlow's rules: tf.layers
numbers the layers of each kind in their order of creation, per scope; slim names a
kernel ``weights``, its bias ``biases``, and the scope of a norm ``BatchNorm``;
TensorLayer 1 uses ``W_conv2d`` and ``b_conv2d``, and TensorFlow's names for norms.
"""

from collections.abc import Iterator

DEQUANTIZATION = "Dequantization_Net"
CURVE_FEATURES = "crf_feature_net"
CURVE_DECODER = "ae_invcrf_decode_net"
HALLUCINATION = "Hallucination_Net"
REFINEMENT = "Refinement_Net"
SCOPES = (DEQUANTIZATION, CURVE_FEATURES, CURVE_DECODER, HALLUCINATION, REFINEMENT)

# Variables of Adam and of the training loop.
OPTIMIZER = {"Adam", "Adam_1", "beta1_power", "beta2_power", "global_step"}

# Their names and ours for the parameters of a layer.
KERAS = {"kernel": "weight", "bias": "bias"}
SLIM = {"weights": "weight", "biases": "bias"}
SLIM_PLAIN = {"weights": "weight"}
TENSORLAYER = {"W_conv2d": "weight", "b_conv2d": "bias"}
NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}

LEVELS = 5
BLOCKS = ("2a", "2b", "2c", "3a", "3b")
# Blocks that change the shape have a convolution in the shortcut.
PROJECTED = {"2a", "3a"}
VGG_CONVOLUTIONS = (2, 2, 3, 3, 3)

Pairs = Iterator[tuple[str, str]]


def variable_names() -> dict[str, str]:
    """Return the variable that holds each parameter of ``released``, by parameter.

    Covers the whole state, except the curve basis and the batch counters of norms.
    """
    return {
        **dict(_unet("dequantize.unet", DEQUANTIZATION)),
        **dict(_linearize()),
        **dict(_hallucinate()),
        **dict(_unet("refine.unet", REFINEMENT)),
    }


def scope_of(variable: str) -> str:
    """Return the outermost scope of a variable."""
    return variable.partition("/")[0]


def is_of_optimizer(variable: str) -> bool:
    """Return whether a variable belongs to the optimizer or the training loop."""
    return variable.rpartition("/")[2] in OPTIMIZER


def _layer(ours: str, theirs: str, has: dict[str, str]) -> Pairs:
    """Yield the parameters of one layer."""
    for variable, parameter in has.items():
        yield f"{ours}.{parameter}", f"{theirs}/{variable}"


def _unet(ours: str, scope: str) -> Pairs:
    """Yield the U-Net of stage 1 or 4: down, up, and the last convolution."""
    layers = [f"encoder.{i}.{it}" for i in range(LEVELS) for it in ("first", "second")]
    layers += [
        f"decoder.{i}.{it}" for i in range(LEVELS - 1) for it in ("narrow", "merge")
    ]
    for number, layer in enumerate([*layers, "last"]):
        theirs = f"conv2d_{number}" if number else "conv2d"
        yield from _layer(f"{ours}.{layer}", f"{scope}/{theirs}", KERAS)


def _linearize() -> Pairs:
    """Yield the residual network of stage 2 and its final dense layer."""
    backbone = "linearize.backbone"
    yield from _layer(f"{backbone}.stem.0", f"{CURVE_FEATURES}/conv1", SLIM)
    yield from _slim_norm(f"{backbone}.stem.1", "bn_conv1")
    for number, block in enumerate(BLOCKS):
        layers = {f"path.{i}": f"branch2{letter}" for i, letter in enumerate("abc")}
        if block in PROJECTED:
            layers["project"] = "branch1"
        for layer, branch in layers.items():
            ours = f"{backbone}.blocks.{number}.{layer}"
            theirs = f"{CURVE_FEATURES}/res{block}_{branch}"
            yield from _layer(f"{ours}.0", theirs, SLIM_PLAIN)
            yield from _slim_norm(f"{ours}.1", f"bn{block}_{branch}")
    yield from _layer("linearize.head", f"{CURVE_DECODER}/dense", KERAS)


def _slim_norm(ours: str, name: str) -> Pairs:
    """Yield a norm of stage 2."""
    yield from _layer(ours, f"{CURVE_FEATURES}/{name}/BatchNorm", NORM)


def _hallucinate() -> Pairs:
    """Yield the encoder-decoder of stage 3."""
    ours = "hallucinate.network"
    encoder, decoder = f"{HALLUCINATION}/encoder", f"{HALLUCINATION}/decoder"
    for scale, n_convolutions in enumerate(VGG_CONVOLUTIONS):
        for i in range(n_convolutions):
            # Our sequence has a ReLU after each convolution.
            layer = f"{ours}.encoder.{scale}.{2 * i}"
            yield from _layer(
                layer, f"{encoder}/h{scale + 1}/conv_{i + 1}", TENSORLAYER
            )
    yield from _layer(f"{ours}.bottleneck.0", f"{encoder}/h6/conv", TENSORLAYER)
    yield from _layer(f"{ours}.bottleneck.1", f"{encoder}/h6/batch_norm", NORM)
    for i in range(LEVELS):
        up = f"{decoder}/h{i + 1}/decon2d"
        yield from _layer(f"{ours}.ups.{i}.conv", up, TENSORLAYER)
        yield from _layer(f"{ours}.ups.{i}.norm", f"{up}/batch_norm_dc", NORM)
        # Their skip connection after one step is in the scope of the next step.
        fuse = f"{decoder}/h{i + 2}/fuse_skip_connection"
        yield from _layer(f"{ours}.fuses.{i}.conv", fuse, TENSORLAYER)
    yield from _layer(f"{ours}.to_rgb.0", f"{decoder}/h7/conv2d", TENSORLAYER)
    yield from _layer(f"{ours}.to_rgb.1", f"{decoder}/h7/batch_norm", NORM)
    fuse = f"{decoder}/h7/fuse_skip_connection"
    yield from _layer(f"{ours}.fuse_rgb.conv", fuse, TENSORLAYER)
