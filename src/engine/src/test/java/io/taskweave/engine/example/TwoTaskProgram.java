package io.taskweave.engine.example;

import com.intel.analytics.bigdl.dllib.feature.dataset.PaddingParam;
import com.intel.analytics.bigdl.dllib.feature.dataset.Sample;
import com.intel.analytics.bigdl.dllib.feature.dataset.Sample$;
import com.intel.analytics.bigdl.dllib.nn.MSECriterion;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractCriterion;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.Optimizer$;
import com.intel.analytics.bigdl.dllib.optim.Trigger;
import com.intel.analytics.bigdl.dllib.tensor.Tensor;
import com.intel.analytics.bigdl.dllib.tensor.Tensor$;
import com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath.TensorNumeric;
import com.intel.analytics.bigdl.dllib.utils.Engine;
import com.intel.analytics.bigdl.dllib.utils.Engine$;
import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.SlotUpdate;
import io.taskweave.engine.cluster.NativeLibraries;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.training.AdaTaskOptimMethod;
import io.taskweave.engine.training.SlotModule;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * A plain BigDL program that trains two tasks by AdaTask: y_k = v_k . tanh(W x), where both tasks
 * share W. It compares 200 steps with a loop in double precision, and the same arithmetic in single
 * precision without the engine with that loop too.
 */
public final class TwoTaskProgram {
  static final int STEPS = 200;
  private static final int TASKS = 2;
  private static final int INPUTS = 13;
  private static final int HIDDEN = 7;
  private static final int ROWS = 64;
  private static final double RATE = 0.01;
  private static final int SHARED = INPUTS * HIDDEN;
  private static final int OWN = TASKS * HIDDEN;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static final ClassTag<Float> FLOAT =
      (ClassTag<Float>) (ClassTag) ClassTag$.MODULE$.Float();

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static final TensorNumeric<Float> NUMERIC =
      (TensorNumeric<Float>)
          (TensorNumeric)
              com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath$TensorNumeric$NumericFloat$
                  .MODULE$;

  private TwoTaskProgram() {}

  /**
   * Largest distances of any weight after all steps.
   *
   * @param engine of BigDL's weights from the loop in double precision
   * @param control of the loop in single precision from it
   * @param movement of a weight from its start
   */
  record Distances(double engine, double control, double movement) {}

  /** Shared weights W come first, [HIDDEN, INPUTS]; then v_1 and v_2, which have no slots. */
  static final class TwoTasks extends SlotModule {
    private static final long serialVersionUID = 1;

    private final GradientSlots slots;
    private transient float[] weights;
    private transient float[] hidden;

    TwoTasks(GradientSlots slots, float[] vector) {
      super("two-tasks", vector);
      this.slots = slots;
    }

    @Override
    public Activity updateOutput(Activity input) {
      Tensor<Float> rows = tensor(input);
      int count = rows.size(1);
      weights = slots.weights(weightArray(), weightOffset());
      hidden = new float[count * HIDDEN];
      float[] outputs = new float[count * TASKS];
      for (int row = 0; row < count; row++) {
        outputsOfRow(weights, array(rows), offset(rows) + row * INPUTS, hidden, outputs, row);
      }
      output_$eq(tensor(outputs, count, TASKS));
      return output();
    }

    @Override
    public Activity updateGradInput(Activity input, Activity gradOutput) {
      return gradOutput;
    }

    @Override
    public void accGradParameters(Activity input, Activity gradOutput) {
      Tensor<Float> rows = tensor(input);
      Tensor<Float> errors = tensor(gradOutput);
      for (int task = 0; task < TASKS; task++) {
        float[] shared = new float[SHARED];
        float[] own = new float[HIDDEN];
        for (int row = 0; row < rows.size(1); row++) {
          float error = array(errors)[offset(errors) + row * TASKS + task];
          int x = offset(rows) + row * INPUTS;
          addRow(weights, array(rows), x, hidden, row, task, error, shared, own);
        }
        slots.addGradient(task, 0, shared, 0, SHARED, gradientArray(), gradientOffset());
        int first = SHARED + task * HIDDEN;
        slots.addGradient(task, first, own, 0, HIDDEN, gradientArray(), gradientOffset());
      }
    }
  }

  /** Trains with BigDL's optimizer on the executors of a Spark application. */
  static float[] train(JavaSparkContext spark) {
    NativeLibraries.load();
    Engine.init();
    // One part a partition, which is one an executor.
    GradientSlots slots = new GradientSlots(TASKS, SHARED, OWN, Engine$.MODULE$.nodeNumber());
    float[] vector = new float[slots.size()];
    slots.putWeights(start(), vector, 0);
    TwoTasks module = new TwoTasks(slots, vector);
    DistriOptimizer<Float> optimizer =
        (DistriOptimizer<Float>)
            Optimizer$.MODULE$.<Float>apply(
                module,
                spark.parallelize(samples(), slots.parts()).rdd(),
                meanSquares(),
                ROWS,
                (PaddingParam<Float>) null,
                (PaddingParam<Float>) null,
                FLOAT,
                NUMERIC);
    optimizer.setCompressType("none");
    optimizer.setOptimMethod(
        new AdaTaskOptimMethod(OptimizerSpec.perTask(Adam.DEFAULT), slots, RATE));
    optimizer.setEndWhen(Trigger.maxIteration(STEPS));
    optimizer.optimize();
    return slots.weights(module.weightArray(), module.weightOffset());
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static AbstractCriterion<Activity, Activity, Float> meanSquares() {
    return (AbstractCriterion) new MSECriterion<>(FLOAT, NUMERIC);
  }

  static Distances run(JavaSparkContext spark) {
    double[] exact = exact();
    return new Distances(
        distance(train(spark), exact), distance(single(), exact), distance(start(), exact));
  }

  private static double distance(float[] weights, double[] exact) {
    double largest = 0;
    for (int i = 0; i < exact.length; i++) {
      largest = Math.max(largest, Math.abs(weights[i] - exact[i]));
    }
    return largest;
  }

  private static void outputsOfRow(
      float[] weights, float[] x, int offset, float[] hidden, float[] outputs, int row) {
    for (int h = 0; h < HIDDEN; h++) {
      float sum = 0;
      for (int i = 0; i < INPUTS; i++) {
        sum += weights[h * INPUTS + i] * x[offset + i];
      }
      hidden[row * HIDDEN + h] = (float) Math.tanh(sum);
      for (int task = 0; task < TASKS; task++) {
        outputs[row * TASKS + task] +=
            weights[SHARED + task * HIDDEN + h] * hidden[row * HIDDEN + h];
      }
    }
  }

  private static void addRow(
      float[] weights,
      float[] x,
      int offset,
      float[] hidden,
      int row,
      int task,
      float error,
      float[] shared,
      float[] own) {
    for (int h = 0; h < HIDDEN; h++) {
      float active = hidden[row * HIDDEN + h];
      own[h] += error * active;
      float slope = error * weights[SHARED + task * HIDDEN + h] * (1 - active * active);
      for (int i = 0; i < INPUTS; i++) {
        shared[h * INPUTS + i] += slope * x[offset + i];
      }
    }
  }

  /** The same in single precision, without Spark and BigDL. */
  private static float[] single() {
    float[] weights = start();
    GradientSlots slots = new GradientSlots(TASKS, SHARED, OWN, 1);
    float[][] state = new float[2][slots.size()];
    SlotUpdate sharedUpdate = new SlotUpdate(Adam.DEFAULT, TASKS);
    SlotUpdate ownUpdate = new SlotUpdate(Adam.DEFAULT, 1);
    float[] none = {};
    for (int step = 1; step <= STEPS; step++) {
      float[] hidden = new float[ROWS * HIDDEN];
      float[] outputs = new float[ROWS * TASKS];
      float[] gradient = new float[slots.size()];
      for (int row = 0; row < ROWS; row++) {
        outputsOfRow(weights, inputs(row), 0, hidden, outputs, row);
      }
      for (int task = 0; task < TASKS; task++) {
        float[] shared = new float[SHARED];
        float[] own = new float[HIDDEN];
        for (int row = 0; row < ROWS; row++) {
          float error = 2 * (outputs[row * TASKS + task] - target(row, task)) / (ROWS * TASKS);
          addRow(weights, inputs(row), 0, hidden, row, task, error, shared, own);
        }
        slots.addGradient(task, 0, shared, 0, SHARED, gradient, 0);
        slots.addGradient(task, SHARED + task * HIDDEN, own, 0, HIDDEN, gradient, 0);
      }
      sharedUpdate.perTask(weights, 0, gradient, 0, state, 0, SHARED, RATE, step, none, null);
      int slotted = TASKS * SHARED;
      ownUpdate.perTask(
          weights, SHARED, gradient, slotted, state, slotted, OWN, RATE, step, none, null);
    }
    return weights;
  }

  /** AdaTask-Adam in double precision, as its formula says. */
  private static double[] exact() {
    double[] w = new double[SHARED + OWN];
    for (int i = 0; i < w.length; i++) {
      w[i] = start()[i];
    }
    double[][] m = new double[TASKS][w.length];
    double[][] v = new double[TASKS][w.length];
    for (int step = 1; step <= STEPS; step++) {
      double[][] g = new double[TASKS][w.length];
      for (int row = 0; row < ROWS; row++) {
        float[] x = inputs(row);
        double[] active = new double[HIDDEN];
        double[] y = new double[TASKS];
        for (int h = 0; h < HIDDEN; h++) {
          double sum = 0;
          for (int i = 0; i < INPUTS; i++) {
            sum += w[h * INPUTS + i] * x[i];
          }
          active[h] = Math.tanh(sum);
          for (int task = 0; task < TASKS; task++) {
            y[task] += w[SHARED + task * HIDDEN + h] * active[h];
          }
        }
        for (int task = 0; task < TASKS; task++) {
          double error = 2 * (y[task] - target(row, task)) / (ROWS * TASKS);
          for (int h = 0; h < HIDDEN; h++) {
            g[task][SHARED + task * HIDDEN + h] += error * active[h];
            double slope = error * w[SHARED + task * HIDDEN + h] * (1 - active[h] * active[h]);
            for (int i = 0; i < INPUTS; i++) {
              g[task][h * INPUTS + i] += slope * x[i];
            }
          }
        }
      }
      for (int task = 0; task < TASKS; task++) {
        for (int i = 0; i < w.length; i++) {
          m[task][i] = 0.9 * m[task][i] + 0.1 * g[task][i];
          v[task][i] = 0.999 * v[task][i] + 0.001 * g[task][i] * g[task][i];
          double mean = m[task][i] / (1 - Math.pow(0.9, step));
          double square = v[task][i] / (1 - Math.pow(0.999, step));
          w[i] -= RATE * mean / (Math.sqrt(square) + 1e-8);
        }
      }
    }
    return w;
  }

  private static float[] start() {
    float[] weights = new float[SHARED + OWN];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (0.3 * CounterRandom.gaussian(1, i));
    }
    return weights;
  }

  private static float[] inputs(int row) {
    float[] x = new float[INPUTS];
    for (int i = 0; i < INPUTS; i++) {
      x[i] = (float) CounterRandom.gaussian(2, (long) row * INPUTS + i);
    }
    return x;
  }

  /** The second task's targets are a hundred times as large as the first one's. */
  private static float target(int row, int task) {
    return (float) (Math.pow(100, task) * CounterRandom.gaussian(3 + task, row));
  }

  private static List<Sample<Float>> samples() {
    List<Sample<Float>> samples = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      samples.add(
          Sample$.MODULE$.apply(
              tensor(inputs(row), INPUTS),
              tensor(new float[] {target(row, 0), target(row, 1)}, TASKS),
              FLOAT,
              NUMERIC));
    }
    return samples;
  }

  @SuppressWarnings("unchecked")
  private static Tensor<Float> tensor(Activity activity) {
    return (Tensor<Float>) activity;
  }

  private static Tensor<Float> tensor(float[] values, int... shape) {
    return Tensor$.MODULE$.apply((Object) values, shape, FLOAT, NUMERIC);
  }

  private static float[] array(Tensor<Float> tensor) {
    return (float[]) tensor.storage().array();
  }

  private static int offset(Tensor<Float> tensor) {
    return tensor.storageOffset() - 1;
  }

  /** Runs where spark-submit says; the settings must be there before Spark starts. */
  public static void main(String[] arguments) {
    SparkConf conf = new SparkConf().setAppName("two tasks");
    TrainingSettings.pinned(conf.get("spark.master"), conf.get("spark.executor.cores", "1"))
        .forEach(conf::set);
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      Distances distances = run(spark);
      System.out.println(
          "distance "
              + distances.engine()
              + " "
              + distances.control()
              + " "
              + distances.movement()
              + " "
              + Engine$.MODULE$.nodeNumber());
    }
  }
}
