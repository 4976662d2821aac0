"""The four networks of Liu et al. 2020 as released, in TensorFlow; nothing of hdr_core.

Layers, paddings, orders and names of variables are those of the released code. The
weights are random, and so are the statistics of the norms.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
SAMPLES, COMPONENTS = 1024, 11
CLIP_THRESHOLD = 0.12
VGG_MEAN_BGR = (103.939, 116.779, 123.68)

Draw = Callable[[np.random.Generator], np.ndarray]


class Weights:
    """Variables by name, and the random numbers that each of them gets."""

    def __init__(self) -> None:
        self.draws: dict[tf.Variable, Draw] = {}

    def make(self, name: str, shape: tuple[int, ...], draw: Draw) -> tf.Tensor:
        """Return a variable in the scope that is open."""
        made = v1.get_variable(name, shape, use_resource=False)
        self.draws[made] = draw
        return made

    def normal(self, name, shape, deviation, *, middle=0.0):
        return self.make(
            name, shape, lambda rng: middle + deviation * rng.standard_normal(shape)
        )

    def kernel(self, name, size, inputs, outputs, *, gain=1.0):
        """Return the kernel of a convolution that keeps the size of its input."""
        deviation = gain * np.sqrt(2.0 / (size * size * inputs))
        return self.normal(name, (size, size, inputs, outputs), deviation)

    def uniform(self, name, shape, low, high):
        return self.make(name, shape, lambda rng: rng.uniform(low, high, shape))

    def load(self, session: tf.compat.v1.Session, seed: int) -> None:
        rng = np.random.default_rng(seed)
        for variable, draw in self.draws.items():
            variable.load(draw(rng).astype(np.float32), session)


def channels(x):
    return int(x.shape[3])


def convolve(x, kernel, *, stride=1, padding="SAME"):
    return tf.nn.conv2d(x, kernel, strides=stride, padding=padding)


def norm(w: Weights, x, *, eps, spread=1.0):
    """Batch normalization by stored statistics, which are not 0 and 1."""
    shape = (channels(x),)
    gamma = w.uniform("gamma", shape, 0.5, 1.5)
    beta = w.normal("beta", shape, 0.2)
    mean = w.normal("moving_mean", shape, 0.3 * spread)
    variance = w.uniform("moving_variance", shape, 0.5 * spread**2, 2.0 * spread**2)
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, eps)


# --- stages 1 and 4 ------------------------------------------------------------------


class Unet:
    """A U-Net of tf.layers, whose convolutions are numbered as they are made."""

    def __init__(self, w: Weights) -> None:
        self.w, self.n_made = w, 0

    def conv(self, x, outputs, size, *, gain=1.0, is_last=False):
        name = f"conv2d_{self.n_made}" if self.n_made else "conv2d"
        self.n_made += 1
        with v1.variable_scope(name):
            kernel = self.w.kernel("kernel", size, channels(x), outputs, gain=gain)
            x = convolve(x, kernel) + self.w.normal("bias", (outputs,), 0.02)
        return x if is_last else tf.nn.leaky_relu(x, 0.1)

    def __call__(self, x, *, bottom, gain):
        skips = []
        levels = ((16, 7), (32, 5), (64, 3), (128, 3), (bottom, 3))
        for level, (outputs, size) in enumerate(levels):
            if level:
                skips.append(x)
                x = tf.nn.avg_pool2d(x, 2, 2, "SAME")
            x = self.conv(self.conv(x, outputs, size), outputs, size)
        for outputs in (128, 64, 32, 16):
            doubled = (2 * x.shape[1], 2 * x.shape[2])
            x = self.conv(v1.image.resize_bilinear(x, doubled), outputs, 3)
            x = self.conv(tf.concat([x, skips.pop()], axis=3), outputs, 3)
        return self.conv(x, 3, 3, gain=gain, is_last=True)


def dequantize(w: Weights, plate):
    with v1.variable_scope("Dequantization_Net"):
        change = Unet(w)(plate, bottom=256, gain=0.1)
    return tf.clip_by_value(plate + tf.tanh(change), 0.0, 1.0)


def refine(w: Weights, hallucinated, linear, dequantized):
    joined = tf.concat([hallucinated, linear, dequantized], axis=3)
    with v1.variable_scope("Refinement_Net"):
        change = Unet(w)(joined, bottom=128, gain=0.3)
    return tf.nn.relu(hallucinated + change)


# --- stage 2 -------------------------------------------------------------------------


def curve_features(image):
    """RGB, Sobel responses and soft histograms: 102 channels."""
    shape = image.shape
    edges = tf.reshape(tf.image.sobel_edges(image), (*shape[:3], 6))
    histograms = [
        tf.nn.relu(1.0 - tf.abs(image - i / bins) * bins)
        for bins in (4, 8, 16)
        for i in range(bins + 1)
    ]
    return tf.concat([image, edges, *histograms], axis=3)


def res_conv(w: Weights, x, name, outputs, size, *, stride=1):
    """A convolution of slim without bias, and its norm."""
    with v1.variable_scope(f"res{name}"):
        kernel = w.kernel("weights", size, channels(x), outputs)
    with v1.variable_scope(f"bn{name}/BatchNorm"):
        return norm(w, convolve(x, kernel, stride=stride), eps=1e-3)


def res_block(w: Weights, x, name, width, *, stride=1, is_projected=False):
    straight = x
    if is_projected:
        straight = res_conv(w, x, f"{name}_branch1", 4 * width, 1, stride=stride)
    x = tf.nn.relu(res_conv(w, x, f"{name}_branch2a", width, 1, stride=stride))
    x = tf.nn.relu(res_conv(w, x, f"{name}_branch2b", width, 3))
    x = res_conv(w, x, f"{name}_branch2c", 4 * width, 1)
    return tf.nn.relu(x + straight)


def estimate_curve(w: Weights, image, basis):
    """The inverse curve, (B, 1024): strictly, it does not fall."""
    with v1.variable_scope("crf_feature_net"):
        x = curve_features(image)
        with v1.variable_scope("conv1"):
            kernel = w.kernel("weights", 7, channels(x), 64)
            x = convolve(x, kernel, stride=2) + w.normal("biases", (64,), 0.1)
        with v1.variable_scope("bn_conv1/BatchNorm"):
            x = tf.nn.relu(norm(w, x, eps=1e-3))
        x = tf.nn.max_pool2d(x, 3, 2, "SAME")
        x = res_block(w, x, "2a", 64, is_projected=True)
        x = res_block(w, x, "2b", 64)
        x = res_block(w, x, "2c", 64)
        x = res_block(w, x, "3a", 128, stride=2, is_projected=True)
        x = res_block(w, x, "3b", 128)
        x = tf.reduce_mean(x, axis=(1, 2))
    with v1.variable_scope("ae_invcrf_decode_net/dense"):
        kernel = w.normal("kernel", (512, COMPONENTS), 0.01)
        coefficients = tf.matmul(x, kernel) + w.normal("bias", (COMPONENTS,), 0.1)
    mean, components = basis
    curve = mean + tf.matmul(coefficients, components)
    step = curve[:, 1:] - curve[:, :-1]
    step += tf.nn.relu(-tf.reduce_min(step, axis=1, keepdims=True))
    step /= tf.reduce_sum(step, axis=1, keepdims=True)
    return tf.pad(tf.cumsum(step, axis=1), ((0, 0), (1, 0)))


def apply_curve(image, curve):
    """The image through the curve, linear between its samples."""
    flat = tf.reshape(tf.clip_by_value(image, 0.0, 1.0), (image.shape[0], -1)) * (
        SAMPLES - 1
    )
    low = tf.floor(flat)
    left = tf.cast(low, tf.int32)
    right = tf.minimum(left + 1, SAMPLES - 1)
    below, above = (tf.gather(curve, i, batch_dims=1) for i in (left, right))
    return tf.reshape(below + (above - below) * (flat - low), image.shape)


# --- stage 3 -------------------------------------------------------------------------


def layer_conv(w: Weights, x, outputs, size, *, gain=1.0, padding="SAME"):
    """A convolution of TensorLayer 1 in the scope that is open."""
    kernel = w.kernel("W_conv2d", size, channels(x), outputs, gain=gain)
    bias = w.normal("b_conv2d", (outputs,), 0.05)
    return convolve(x, kernel, padding=padding) + bias


def fuse(w: Weights, x, skip):
    """A 1x1 convolution of both, near their sum."""
    n = channels(x)
    eye = np.concatenate([np.eye(n), np.eye(n)])[None, None]
    with v1.variable_scope("fuse_skip_connection"):
        kernel = w.normal("W_conv2d", (1, 1, 2 * n, n), 0.3 / np.sqrt(n), middle=eye)
        bias = w.normal("b_conv2d", (n,), 0.05)
        return convolve(tf.concat([x, skip / 255.0], axis=3), kernel) + bias


def encode(w: Weights, scaled):
    """VGG-16 and the bottleneck; also the skips, from the finest."""
    x, skips = scaled[..., ::-1] - tf.constant(VGG_MEAN_BGR), [scaled]
    scales = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    for scale, (outputs, n_convolutions) in enumerate(scales, start=1):
        for i in range(1, n_convolutions + 1):
            with v1.variable_scope(f"h{scale}/conv_{i}"):
                x = tf.nn.relu(layer_conv(w, x, outputs, 3))
        skips.append(x)
        x = tf.nn.max_pool2d(x, 2, 2, "SAME")
    with v1.variable_scope("h6/conv"):
        x = layer_conv(w, x, 512, 3)
    # After VGG the values are as large as codes.
    with v1.variable_scope("h6/batch_norm"):
        return tf.nn.relu(norm(w, x, eps=1e-5, spread=100.0)), skips


def decode(w: Weights, x, skips):
    for step, outputs in enumerate((512, 512, 256, 128, 64), start=1):
        if step > 1:
            with v1.variable_scope(f"h{step}"):
                x = fuse(w, x, skips.pop())
        doubled = (2 * x.shape[1], 2 * x.shape[2])
        x = v1.image.resize_nearest_neighbor(x, doubled)
        x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "REFLECT")
        with v1.variable_scope(f"h{step}/decon2d"):
            x = tf.nn.relu(layer_conv(w, x, outputs, 3, padding="VALID"))
            with v1.variable_scope("batch_norm_dc"):
                x = tf.nn.relu(norm(w, x, eps=1e-5))
    with v1.variable_scope("h6"):
        x = fuse(w, x, skips.pop())
    with v1.variable_scope("h7"):
        with v1.variable_scope("conv2d"):
            x = layer_conv(w, x, 3, 1)
        with v1.variable_scope("batch_norm"):
            x = tf.nn.relu(norm(w, x, eps=1e-5))
        return tf.nn.relu(fuse(w, x, skips.pop()))


def hallucinate(w: Weights, linear):
    with v1.variable_scope("Hallucination_Net"):
        with v1.variable_scope("encoder"):
            x, skips = encode(w, 255.0 * linear)
        with v1.variable_scope("decoder"):
            light = decode(w, x, skips)
    brightest = tf.reduce_max(linear, axis=3, keepdims=True)
    mask = tf.maximum(brightest - 1.0 + CLIP_THRESHOLD, 0.0) / CLIP_THRESHOLD
    return linear + tf.minimum(mask, 1.0) * light
