package io.taskweave.core.correlation;

import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sequence.AttentionKind;
import io.taskweave.core.sequence.InterestColumn;
import io.taskweave.core.sequence.InterestSpec;
import java.util.List;

/**
 * The semantic-temporal correlation that a model has learnt: for behaviours of a category at a
 * position or in an interval's bucket, and one target category, how much weight (attention) and how
 * large a part in the result (representation) they get.
 *
 * <p>It looks at one attribute alone, usually the category: the rows of its table, and that
 * attribute's part of the temporal rows; the other attributes' parts are left out. With the
 * behaviour's vector h = c_i + p_k and the target's v = c_a + p_0, the attention is h . v and the
 * representation |h x v|; for a model without target-aware representation |h|, and without temporal
 * encoding all p are zero, so that nothing depends on k.
 */
public final class LearntCorrelation {
  private final double[][] attention;
  private final double[][] representation;
  private final int size;

  private LearntCorrelation(double[][] attention, double[][] representation, int size) {
    this.attention = attention;
    this.representation = representation;
    this.size = size;
  }

  /**
   * Computes attention and representation from vectors.
   *
   * @param categories vectors of the behaviours' categories, [categories][size]
   * @param temporal rows of the temporal table from the target's row 0 on, [K + 1][size]
   * @param target vector of the target's category
   * @param targetAware whether the representation is the product with the target
   */
  static LearntCorrelation of(
      double[][] categories, double[][] temporal, double[] target, boolean targetAware) {
    int columns = temporal.length - 1;
    double[][] attention = new double[categories.length][columns];
    double[][] representation = new double[categories.length][columns];
    for (int i = 0; i < categories.length; i++) {
      for (int k = 1; k <= columns; k++) {
        double dot = 0;
        double square = 0;
        for (int c = 0; c < target.length; c++) {
          double h = categories[i][c] + temporal[k][c];
          double v = target[c] + temporal[0][c];
          double part = targetAware ? h * v : h;
          dot += h * v;
          square += part * part;
        }
        attention[i][k - 1] = dot;
        representation[i][k - 1] = Math.sqrt(square);
      }
    }
    return new LearntCorrelation(attention, representation, target.length);
  }

  /**
   * Reads a trained model.
   *
   * @param spec how the model pools sequences
   * @param view of the samples, {@code shared} or {@code task-<task>}
   * @param sequence name of the sequence
   * @param attribute its attribute to look at
   * @param categories ids of the behaviours' categories, one a row of the matrix
   * @param target id of the target's category
   * @param columns positions or buckets 1 to K, at least 1; beyond the model's last row of time
   *     they repeat it
   * @throws IllegalArgumentException if the model has no such learnt correlation, since it does not
   *     pool by the target, or maps its vectors first
   */
  public static LearntCorrelation of(
      InterestSpec spec,
      SampleLayout samples,
      ParameterLayout parameters,
      ParameterStorage weights,
      String view,
      String sequence,
      String attribute,
      List<Integer> categories,
      int target,
      int columns) {
    if (!isDefined(spec)) {
      throw new IllegalArgumentException(
          "Cannot read a learnt correlation: attention of kind " + spec.attention());
    }
    Sequence described =
        samples.sequences().stream()
            .filter(candidate -> candidate.name().equals(sequence))
            .findFirst()
            .orElseThrow(() -> unknown("sequence", sequence));
    List<String> names = described.attributes().stream().map(SequenceAttribute::name).toList();
    int place = names.indexOf(attribute);
    if (place < 0) {
      throw unknown("attribute", attribute);
    }
    Rows table =
        Rows.of(
            parameters,
            weights,
            "embedding/" + view + "/" + described.attributes().get(place).table());
    double[][] temporal = new double[columns + 1][table.width];
    String time = "sequence/" + view + "/" + sequence + "/temporal";
    if (parameters.parameters().stream().anyMatch(known -> known.name().equals(time))) {
      Rows rows = Rows.of(parameters, weights, time);
      for (int k = 0; k <= columns; k++) {
        int row = Math.min(k, rows.count - 1);
        temporal[k] = rows.part(row, place * table.width, table.width);
      }
    }
    double[][] vectors = new double[categories.size()][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = table.part(categories.get(i), 0, table.width);
    }
    return of(
        vectors,
        temporal,
        table.part(target, 0, table.width),
        spec.columns().contains(InterestColumn.PRODUCT));
  }

  /** Whether a model that pools like this has a learnt correlation. */
  public static boolean isDefined(InterestSpec spec) {
    return !spec.columns().isEmpty()
        && !spec.projections()
        && (spec.attention() == AttentionKind.DOT || spec.attention() == AttentionKind.PERCEPTRON);
  }

  private static IllegalArgumentException unknown(String kind, String name) {
    return new IllegalArgumentException(
        "Cannot read a learnt correlation: unknown " + kind + " (" + name + ")");
  }

  /** As published: exp(h . v / sqrt(size)) |h x v|. */
  public CorrelationMatrix formula() {
    double[][] values = new double[attention.length][attention[0].length];
    for (int i = 0; i < values.length; i++) {
      for (int k = 0; k < values[i].length; k++) {
        values[i][k] = Math.exp(attention[i][k] / Math.sqrt(size)) * representation[i][k];
      }
    }
    return new CorrelationMatrix(values);
  }

  /**
   * As in the released script: attention standardised over the whole matrix, softmax over the whole
   * matrix, times the representation, scaled to [0, 1]. The standardisation is a temperature that
   * depends on the data.
   */
  public CorrelationMatrix script() {
    return script(attention, representation);
  }

  static CorrelationMatrix script(double[][] attention, double[][] representation) {
    double[] cells = new CorrelationMatrix(attention).cells();
    double mean = 0;
    for (double cell : cells) {
      mean += cell / cells.length;
    }
    double variance = 0;
    for (double cell : cells) {
      variance += (cell - mean) * (cell - mean) / cells.length;
    }
    // Attention that is the same everywhere stays so.
    double deviation = variance == 0 ? 1 : Math.sqrt(variance);
    double sum = 0;
    for (double cell : cells) {
      sum += Math.exp((cell - mean) / deviation);
    }
    double[][] values = new double[attention.length][attention[0].length];
    for (int i = 0; i < values.length; i++) {
      for (int k = 0; k < values[i].length; k++) {
        double share = Math.exp((attention[i][k] - mean) / deviation) / sum;
        values[i][k] = share * representation[i][k];
      }
    }
    return new CorrelationMatrix(values).scaled();
  }

  /** A parameter's rows as they lie in a storage. */
  private static final class Rows {
    private final float[] array;
    private final int base;
    private final int count;
    private final int width;

    private Rows(float[] array, int base, int count, int width) {
      this.array = array;
      this.base = base;
      this.count = count;
      this.width = width;
    }

    static Rows of(ParameterLayout parameters, ParameterStorage weights, String name) {
      int index = parameters.indexOf(name);
      int[] shape = parameters.get(index).shape();
      return new Rows(weights.array(index), weights.offset(index), shape[0], shape[1]);
    }

    double[] part(int row, int from, int length) {
      if (row < 0 || row >= count) {
        throw new IllegalArgumentException(
            "Cannot read a learnt correlation: id outside its table of "
                + count
                + " rows ("
                + row
                + ")");
      }
      double[] part = new double[length];
      for (int c = 0; c < length; c++) {
        part[c] = array[base + row * width + from + c];
      }
      return part;
    }
  }
}
