package io.taskweave.bench;

import com.intel.analytics.bigdl.dllib.feature.dataset.PaddingParam;
import com.intel.analytics.bigdl.dllib.feature.dataset.Sample;
import com.intel.analytics.bigdl.dllib.feature.dataset.Sample$;
import com.intel.analytics.bigdl.dllib.nn.BCECriterion;
import com.intel.analytics.bigdl.dllib.nn.Linear;
import com.intel.analytics.bigdl.dllib.nn.LookupTable;
import com.intel.analytics.bigdl.dllib.nn.ReLU;
import com.intel.analytics.bigdl.dllib.nn.Reshape;
import com.intel.analytics.bigdl.dllib.nn.Sequential;
import com.intel.analytics.bigdl.dllib.nn.Sigmoid;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractCriterion;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractModule;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.optim.Adam;
import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.Optimizer$;
import com.intel.analytics.bigdl.dllib.optim.Trigger;
import com.intel.analytics.bigdl.dllib.utils.Engine;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.cluster.NativeLibraries;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.training.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * A plain BigDL program: its own layers, {@code Adam} and {@code DistriOptimizer} on the samples of
 * {@link TableGrowthSection}, with a table as wide as STEM-Net's three together. As nothing but
 * steps is measured, it ends before BigDL collects the model.
 */
final class StockSteps {
  private static final int WARM = 3;
  private static final int MEASURED = 5;
  private static final int WIDTH = 3 * TableGrowthSection.WIDTH;
  private static final int HIDDEN = 64;

  private StockSteps() {}

  /** Takes the time when BigDL asks whether to end: before each step, before some of them twice. */
  private static final class Clock implements Trigger {
    private static final long serialVersionUID = 1;

    private final transient List<Double> milliseconds = new ArrayList<>();
    private int next;
    private long started;

    @Override
    public boolean apply(Table state) {
      int step = ((Number) state.<Object>apply("neval")).intValue();
      if (step == next) {
        return false;
      }
      long now = System.nanoTime();
      if (step > WARM + 1) {
        milliseconds.add((now - started) * 1e-6);
      }
      if (milliseconds.size() == MEASURED) {
        throw new StepTimes.Measured();
      }
      next = step;
      started = now;
      return false;
    }

    double median() {
      return milliseconds.stream().sorted().toList().get(MEASURED / 2);
    }
  }

  /**
   * Writes the median milliseconds of a step.
   *
   * @param arguments number of ids, of threads, an existing folder, and the file to write
   */
  public static void main(String[] arguments) throws Exception {
    SampleLayout layout = TableGrowthSection.layout(Integer.parseInt(arguments[0]));
    int threads = Integer.parseInt(arguments[1]);
    Clock clock = new Clock();
    NativeLibraries.load();
    try (SparkSession spark =
        LocalSpark.open(
            threads,
            Path.of(arguments[2]),
            TrainingSettings.pinned("local[" + threads + "]", arguments[1]))) {
      Engine.init();
      DistriOptimizer<Float> optimizer =
          (DistriOptimizer<Float>)
              Optimizer$.MODULE$.<Float>apply(
                  model(layout),
                  samples(spark, layout, threads).rdd(),
                  criterion(),
                  TableGrowthSection.BATCH,
                  (PaddingParam<Float>) null,
                  (PaddingParam<Float>) null,
                  Tensors.FLOAT,
                  Tensors.numeric());
      // Weights and gradients stay exact, as the trainer's do.
      optimizer.setCompressType("none");
      optimizer.setOptimMethod(
          new Adam<>(1e-3, 0, 0.9, 0.999, 1e-8, Tensors.FLOAT, Tensors.numeric()));
      optimizer.setEndWhen(clock);
      optimizer.optimize();
    } catch (Exception e) {
      // BigDL wraps it.
      if (!(e.getCause() instanceof StepTimes.Measured)) {
        throw e;
      }
      Files.writeString(Path.of(arguments[3]), Double.toString(clock.median()));
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static AbstractModule<Activity, Activity, Float> model(SampleLayout layout) {
    int fields = layout.fields().size();
    Sequential<Float> model = new Sequential<>(Tensors.FLOAT, Tensors.numeric());
    model.add(
        new LookupTable<>(
            layout.fields().get(0).tableRows(),
            WIDTH,
            0,
            Double.MAX_VALUE,
            2,
            false,
            null,
            false,
            Tensors.FLOAT,
            Tensors.numeric()));
    model.add(
        new Reshape<>(
            new int[] {fields * WIDTH}, Option.apply(true), Tensors.FLOAT, Tensors.numeric()));
    model.add(linear(fields * WIDTH, HIDDEN));
    model.add(new ReLU<>(false, Tensors.FLOAT, Tensors.numeric()));
    model.add(linear(HIDDEN, layout.tasks().size()));
    model.add(new Sigmoid<>(Tensors.FLOAT, Tensors.numeric()));
    return (AbstractModule) model;
  }

  private static Linear<Float> linear(int inputs, int outputs) {
    return new Linear<>(
        inputs,
        outputs,
        true,
        null,
        null,
        null,
        null,
        null,
        null,
        Tensors.FLOAT,
        Tensors.numeric());
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static AbstractCriterion<Activity, Activity, Float> criterion() {
    return (AbstractCriterion) new BCECriterion<>(null, true, Tensors.FLOAT, Tensors.numeric());
  }

  /** One step's more than are trained on, so that no epoch ends. */
  private static JavaRDD<Sample<Float>> samples(
      SparkSession spark, SampleLayout layout, int threads) {
    long rows = (WARM + MEASURED + 1L) * TableGrowthSection.BATCH;
    List<String> ids =
        layout.fields().stream().map(Field::name).map(SampleColumns::feature).toList();
    List<String> labels = layout.tasks().stream().map(SampleColumns::label).toList();
    return StemNetStepSection.samples(spark, layout, threads, 0, rows)
        .javaRDD()
        .map(
            row ->
                Sample$.MODULE$.apply(
                    Tensors.of(values(row, ids)),
                    Tensors.of(values(row, labels)),
                    Tensors.FLOAT,
                    Tensors.numeric()));
  }

  private static float[] values(Row row, List<String> columns) {
    float[] values = new float[columns.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.<Number>getAs(columns.get(i)).floatValue();
    }
    return values;
  }
}
