package io.taskweave.core.layer;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.Blas.Transposed;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Multi-layer perceptrons of one shape over one input: each hidden layer is a linear map, its
 * activation (ReLU, if not said otherwise) and dropout; an output layer, if any, is a linear map
 * alone. As the members read the same input, their first layers are one product, with weight
 * [input, members, width]; the weights of later layers are [members, input, width]. Results lie
 * side by side: [count, members x width].
 */
public final class Perceptron {
  private final Blas blas;
  private final int members;
  private final int inputWidth;
  private final int[] widths;
  private final int hidden;
  private final int[] weightIndices;
  private final int[] biasIndices;
  private final Activation activation;
  private final Dropout[] dropouts;
  private final float[][] activations;
  private final float[][] scratch = {{}, {}};
  private float[] input = {};
  private float[] ones = {};

  /**
   * Registers the parameters {@code <name>/linear<n>/weight} and {@code /bias}.
   *
   * @param members number of perceptrons
   * @param hiddenWidths widths of the hidden layers
   * @param outputWidth width of the linear output layer; 0 for none
   */
  public Perceptron(
      ParameterRegistry registry,
      String name,
      int members,
      int inputWidth,
      List<Integer> hiddenWidths,
      int outputWidth,
      double dropout,
      BitSet tasks) {
    this(
        registry,
        name,
        members,
        inputWidth,
        hiddenWidths,
        outputWidth,
        Activation.RELU,
        dropout,
        tasks);
  }

  /** With the hidden layers' activation. */
  public Perceptron(
      ParameterRegistry registry,
      String name,
      int members,
      int inputWidth,
      List<Integer> hiddenWidths,
      int outputWidth,
      Activation activation,
      double dropout,
      BitSet tasks) {
    this.blas = registry.blas();
    this.activation = activation;
    this.members = members;
    this.inputWidth = inputWidth;
    this.hidden = hiddenWidths.size();
    int layers = hidden + (outputWidth > 0 ? 1 : 0);
    widths = new int[layers];
    weightIndices = new int[layers];
    biasIndices = new int[layers];
    dropouts = new Dropout[hidden];
    activations = new float[layers][0];
    int in = inputWidth;
    for (int l = 0; l < layers; l++) {
      int out = l < hidden ? hiddenWidths.get(l) : outputWidth;
      String layer = name + "/linear" + l;
      int[] shape = l == 0 ? new int[] {in, members, out} : new int[] {members, in, out};
      Initialization xavier = Initialization.xavierNormal(in, out);
      weightIndices[l] = registry.dense(layer + "/weight", tasks, xavier, shape);
      biasIndices[l] = registry.dense(layer + "/bias", tasks, Initialization.zero(), members, out);
      if (l < hidden) {
        dropouts[l] = new Dropout(layer, dropout);
      }
      widths[l] = out;
      in = out;
    }
  }

  private Perceptron(Perceptron original) {
    blas = original.blas;
    activation = original.activation;
    members = original.members;
    inputWidth = original.inputWidth;
    widths = original.widths;
    hidden = original.hidden;
    weightIndices = original.weightIndices;
    biasIndices = original.biasIndices;
    dropouts = original.dropouts;
    activations = new float[widths.length][0];
  }

  /** Perceptrons with the same weights and a work space of their own, for another input. */
  public Perceptron twin() {
    return new Perceptron(this);
  }

  public int members() {
    return members;
  }

  /** Width of one member's result. */
  public int outputWidth() {
    return widths[widths.length - 1];
  }

  /** Elements from one row of the result to the next. */
  public int stride() {
    return members * outputWidth();
  }

  /** [count, members x width] of the last {@link #forward}. */
  public float[] output() {
    return activations[activations.length - 1];
  }

  /** [count, members x width], to be filled before {@link #backward}, which destroys it. */
  public float[] outputGradient() {
    return scratch[0];
  }

  /**
   * Computes the results.
   *
   * @param input [count, inputWidth], unchanged until after the last {@link #backward}
   */
  public void forward(ParameterStorage weights, float[] input, SampleBatch batch, Pass pass) {
    reserve(batch.capacity());
    compute(weights, input, batch.count(), batch, pass);
  }

  /** Computes the results of rows that are no samples; they know no dropout. */
  public void forward(ParameterStorage weights, float[] input, int count, int capacity) {
    reserve(capacity);
    compute(weights, input, count, null, Pass.SCORING);
  }

  private void compute(
      ParameterStorage weights, float[] input, int count, SampleBatch batch, Pass pass) {
    this.input = input;
    for (int l = 0; l < widths.length; l++) {
      float[] values = activations[l];
      int stride = members * widths[l];
      float[] bias = weights.array(biasIndices[l]);
      for (int row = 0; row < count; row++) {
        System.arraycopy(bias, weights.offset(biasIndices[l]), values, row * stride, stride);
      }
      addProducts(weights, l, count);
      if (l < hidden) {
        activate(values, count * stride);
      }
      if (l < hidden && batch != null) {
        dropouts[l].apply(values, stride, batch, pass);
      }
    }
  }

  private void activate(float[] values, int length) {
    switch (activation) {
      case RELU -> Vectors.rectify(values, length);
      case SIGMOID -> Vectors.sigmoid(values, 0, length);
    }
  }

  private void reserve(int rows) {
    int widest = 0;
    for (int l = 0; l < widths.length; l++) {
      int size = Math.multiplyExact(rows, members * widths[l]);
      activations[l] = Vectors.atLeast(activations[l], size);
      widest = Math.max(widest, size);
    }
    scratch[0] = Vectors.atLeast(scratch[0], widest);
    scratch[1] = Vectors.atLeast(scratch[1], widths.length > 1 ? widest : 0);
    if (ones.length < rows) {
      ones = new float[rows];
      Arrays.fill(ones, 1f);
    }
  }

  /** Adds to a layer's result what its weights make of the layer below. */
  private void addProducts(ParameterStorage weights, int l, int count) {
    float[] weight = weights.array(weightIndices[l]);
    int base = weights.offset(weightIndices[l]);
    int out = widths[l];
    int stride = members * out;
    float[] result = activations[l];
    if (l == 0) {
      blas.multiply(
          Transposed.NONE,
          count,
          stride,
          inputWidth,
          input,
          0,
          inputWidth,
          weight,
          base,
          stride,
          1,
          result,
          0,
          stride);
      return;
    }
    int in = widths[l - 1];
    float[] below = activations[l - 1];
    for (int m = 0; m < members; m++) {
      blas.multiply(
          Transposed.NONE,
          count,
          out,
          in,
          below,
          m * in,
          members * in,
          weight,
          base + m * in * out,
          out,
          1,
          result,
          m * out,
          stride);
    }
  }

  /**
   * Adds the parameters' gradients, and computes the input's from {@link #outputGradient}.
   *
   * @param keep 0 to write the input's gradient, 1 to add to it
   * @param inputGradient [count, inputWidth]
   */
  public void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      int count,
      float keep,
      float[] inputGradient) {
    for (int l = widths.length - 1; l >= 0; l--) {
      float[] gradient = scratch[(widths.length - 1 - l) % 2];
      int stride = members * widths[l];
      backwardOfActivation(l, gradient, count * stride);
      addBiasGradient(gradients, l, count, gradient, stride);
      float[] weight = weights.array(weightIndices[l]);
      int base = weights.offset(weightIndices[l]);
      float[] weightGradient = gradients.array(weightIndices[l]);
      int gradientBase = gradients.offset(weightIndices[l]);
      if (l == 0) {
        blas.multiply(
            Transposed.LEFT,
            inputWidth,
            stride,
            count,
            input,
            0,
            inputWidth,
            gradient,
            0,
            stride,
            1,
            weightGradient,
            gradientBase,
            stride);
        blas.multiply(
            Transposed.RIGHT,
            count,
            inputWidth,
            stride,
            gradient,
            0,
            stride,
            weight,
            base,
            stride,
            keep,
            inputGradient,
            0,
            inputWidth);
        return;
      }
      int in = widths[l - 1];
      int out = widths[l];
      float[] below = scratch[(widths.length - l) % 2];
      for (int m = 0; m < members; m++) {
        int block = m * in * out;
        blas.multiply(
            Transposed.LEFT,
            in,
            out,
            count,
            activations[l - 1],
            m * in,
            members * in,
            gradient,
            m * out,
            stride,
            1,
            weightGradient,
            gradientBase + block,
            out);
        blas.multiply(
            Transposed.RIGHT,
            count,
            in,
            out,
            gradient,
            m * out,
            stride,
            weight,
            base + block,
            out,
            0,
            below,
            m * in,
            members * in);
      }
    }
  }

  private void backwardOfActivation(int l, float[] gradient, int length) {
    if (l < hidden) {
      // A dropped unit has activation 0, so the activation alone tells which units pass a gradient.
      float scale = dropouts[l].scale();
      switch (activation) {
        case RELU -> Vectors.mask(gradient, activations[l], scale, length);
        case SIGMOID -> Vectors.slope(gradient, activations[l], scale, length);
      }
    }
  }

  private void addBiasGradient(
      ParameterStorage gradients, int l, int count, float[] gradient, int stride) {
    float[] bias = gradients.array(biasIndices[l]);
    int offset = gradients.offset(biasIndices[l]);
    blas.multiply(
        Transposed.LEFT,
        1,
        stride,
        count,
        ones,
        0,
        1,
        gradient,
        0,
        stride,
        1,
        bias,
        offset,
        stride);
  }
}
