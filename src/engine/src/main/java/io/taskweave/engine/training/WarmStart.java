package io.taskweave.engine.training;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * The best weights of an earlier run of the same model, whose tables may have held other ids. An id
 * that both know keeps its row wherever it lay, so vocabularies may be numbered anew; one that the
 * earlier run did not know starts as in a cold start, and one that is gone is left behind. What the
 * update rule had accumulated stays behind too.
 */
public final class WarmStart implements InitialWeights {
  private static final long serialVersionUID = 1;

  /** Of an id that this training's vocabulary does not hold. */
  public static final int GONE = -1;

  private static final int FIRST_ID = Field.UNKNOWN_ID + 1;
  private static final int BUFFER_BYTES = 1 << 20;

  private final String source;
  private final String weights;
  private final Broadcast<SortedMap<String, int[]>> ids;
  private final SortedMap<String, IdCounts> counts;

  /**
   * What becomes of the ids of a table; padding and out of vocabulary are no ids.
   *
   * @param kept ids of both runs
   * @param added ids that the earlier run did not know
   * @param gone ids that this training does not know
   */
  public record IdCounts(long kept, long added, long gone) implements java.io.Serializable {
    private IdCounts plus(IdCounts other) {
      return new IdCounts(kept + other.kept, added + other.added, gone + other.gone);
    }
  }

  private WarmStart(
      String source,
      String weights,
      Broadcast<SortedMap<String, int[]>> ids,
      SortedMap<String, IdCounts> counts) {
    this.source = source;
    this.weights = weights;
    this.ids = ids;
    this.counts = counts;
  }

  /**
   * Checks that an earlier run's weights fit, and finds what becomes of its ids.
   *
   * @param source name of the earlier run that tells it from others
   * @param best its folder {@code best}
   * @param now the model that is to be trained
   * @param ids for each table of ids, where its rows are now: by earlier row, the row in this
   *     model, or {@link #GONE}
   * @throws CheckpointException if the models differ in more than the ids of tables
   */
  public static WarmStart from(
      SparkSession spark, String source, Path best, ModelFile now, SortedMap<String, int[]> ids) {
    ModelFile earlier = RunFiles.readModel(spark.sparkContext().hadoopConfiguration(), best);
    requireSameInputs(source, earlier, now);
    ParameterLayout before = earlier.model().create(earlier.samples()).parameters();
    ParameterLayout after = now.model().create(now.samples()).parameters();
    SortedMap<String, int[]> rows = new TreeMap<>();
    SortedMap<String, IdCounts> counts = new TreeMap<>();
    List<String> namesBefore = before.parameters().stream().map(Parameter::name).sorted().toList();
    List<String> namesAfter = after.parameters().stream().map(Parameter::name).sorted().toList();
    requireEqual(source, "parameters", namesBefore, namesAfter);
    for (Parameter parameter : after.parameters()) {
      Parameter known = before.get(before.indexOf(parameter.name()));
      requireSameRows(source, known, parameter);
      String table = parameter.ids();
      if (table != null && !rows.containsKey(table)) {
        rows.put(table, ids.get(table));
        counts.put(table, count(table, ids.get(table), known.shape()[0], parameter.shape()[0]));
      }
    }
    return new WarmStart(
        source,
        new Path(best, RunFiles.WEIGHTS).toString(),
        new JavaSparkContext(spark.sparkContext()).broadcast(rows),
        counts);
  }

  private static void requireSameInputs(String source, ModelFile earlier, ModelFile now) {
    if (!earlier.model().type().equals(now.model().type())) {
      throw refused(source, "model", earlier.model().type(), now.model().type());
    }
    SampleLayout before = withoutIds(earlier.samples());
    SampleLayout after = withoutIds(now.samples());
    if (!before.tasks().equals(after.tasks())) {
      throw refused(source, "tasks", before.tasks(), after.tasks());
    }
    requireEqual(source, "fields", before.fields(), after.fields());
    requireEqual(source, "sequences", before.sequences(), after.sequences());
  }

  /** Order counts: it is that of the model's inputs. */
  private static void requireEqual(String source, String what, List<?> before, List<?> after) {
    if (before.equals(after)) {
      return;
    }
    int first = 0;
    while (first < Math.min(before.size(), after.size())
        && before.get(first).equals(after.get(first))) {
      first++;
    }
    throw refused(
        source,
        what,
        first < before.size() ? before.get(first) : "nothing more",
        first < after.size() ? after.get(first) : "nothing more");
  }

  /** A layout in which the number of ids and the share of hidden ones play no role. */
  private static SampleLayout withoutIds(SampleLayout samples) {
    return new SampleLayout(
        samples.fields().stream()
            .map(field -> new Field(field.name(), field.kind(), field.table(), 1, field.pooling()))
            .toList(),
        samples.tasks(),
        samples.sequences().stream().map(WarmStart::withoutIds).toList());
  }

  private static Sequence withoutIds(Sequence sequence) {
    return new Sequence(
        sequence.name(),
        sequence.attributes().stream()
            .map(
                attribute ->
                    new SequenceAttribute(
                        attribute.name(), attribute.table(), 1, attribute.target()))
            .toList(),
        sequence.maxLength(),
        sequence.order(),
        sequence.delayMillis());
  }

  /** Ids may differ; all else has the same shape. */
  private static void requireSameRows(String source, Parameter before, Parameter after) {
    int[] shape = before.shape();
    int[] shapeNow = after.shape();
    if (after.ids() != null) {
      shape[0] = shapeNow[0];
    }
    if (!Arrays.equals(shape, shapeNow)) {
      throw refused(source, "shape", before, after);
    }
  }

  private static CheckpointException refused(
      String source, String what, Object before, Object now) {
    return new CheckpointException(
        "Cannot start from "
            + source
            + ": not the same "
            + what
            + " ("
            + before
            + " there, "
            + now
            + " here), start from a run with the same model and fields or drop"
            + " training.warm-start");
  }

  private static IdCounts count(String table, int[] rows, int earlierRows, int rowsNow) {
    if (rows == null || rows.length != earlierRows) {
      throw new IllegalArgumentException(
          "Cannot start from an earlier run: the rows of table "
              + table
              + " are not known ("
              + (rows == null ? "none" : rows.length)
              + " of "
              + earlierRows
              + ")");
    }
    BitSet taken = new BitSet(rowsNow);
    for (int row : rows) {
      if (row < GONE || row >= rowsNow || (row != GONE && taken.get(row))) {
        throw new IllegalArgumentException(
            "Cannot start from an earlier run: table "
                + table
                + " has no row for it ("
                + row
                + ")");
      }
      if (row != GONE) {
        taken.set(row);
      }
    }
    taken.clear(0, FIRST_ID);
    long kept = taken.cardinality();
    return new IdCounts(
        kept, Math.max(0, rowsNow - FIRST_ID) - kept, Math.max(0, earlierRows - FIRST_ID) - kept);
  }

  /** Names the earlier run. */
  public String source() {
    return source;
  }

  /** What becomes of the ids of each table. */
  public SortedMap<String, IdCounts> countsByTable() {
    return new TreeMap<>(counts);
  }

  /** What becomes of the ids of all tables. */
  public IdCounts counts() {
    return counts.values().stream().reduce(new IdCounts(0, 0, 0), IdCounts::plus);
  }

  @Override
  public void known(Configuration hadoop, ParameterLayout parameters, Rows rows) {
    RunFile.read(
        hadoop,
        new Path(weights),
        input -> {
          read(
              new SafetensorsReader(new BufferedInputStream(input, BUFFER_BYTES)),
              parameters,
              rows);
          return rows;
        });
  }

  private void read(SafetensorsReader reader, ParameterLayout parameters, Rows rows)
      throws IOException {
    BitSet seen = new BitSet();
    for (Tensor tensor = reader.next(); tensor != null; tensor = reader.next()) {
      int index = index(parameters, tensor.name());
      Parameter parameter = parameters.get(index);
      int[] shape = parameter.shape();
      int[] places = parameter.ids() == null ? null : ids.value().get(parameter.ids());
      int width = parameter.size() / shape[0];
      if (places != null) {
        shape[0] = places.length;
      }
      if (!tensor.equals(Tensor.floats(parameter.name(), shape))) {
        throw new CheckpointException(
            tensor + " has another shape than " + Arrays.toString(shape) + " of its model");
      }
      float[] values = new float[width];
      for (int row = 0; row < shape[0]; row++) {
        reader.read(values, 0, width);
        int place = places == null ? row : places[row];
        if (place != GONE) {
          rows.put(index, place, values);
        }
      }
      seen.set(index);
    }
    if (seen.cardinality() < parameters.count()) {
      throw new CheckpointException(
          "tensor " + parameters.get(seen.nextClearBit(0)).name() + " is missing");
    }
  }

  private static int index(ParameterLayout parameters, String name) {
    try {
      return parameters.indexOf(name);
    } catch (IllegalArgumentException unknown) {
      throw new CheckpointException("tensor " + name + " is not of this model", unknown);
    }
  }

  @Override
  public String toString() {
    return "warm start from " + source;
  }
}
