package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.Trigger;
import com.intel.analytics.bigdl.dllib.utils.Engine;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.engine.cluster.NativeLibraries;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;

/**
 * A plan without L2, clipping and combination, carried out by BigDL's optimizer as published. The
 * rate halves after every epoch.
 */
public final class StockTraining {
  private StockTraining() {}

  /** The weights at the end, in the model's order. */
  public static float[] weights(SparkContext context, TrainingPlan plan, TrainingData data) {
    NativeLibraries.load();
    Engine.init();
    JavaRDD<StreamPartition> streams = StreamLoader.load(data.train(), Optional.empty(), plan, 1);
    try {
      ParameterLayout parameters = plan.model().create(plan.layout()).parameters();
      SlotLayout layout = plan.slots(parameters, 1);
      ModelModule module =
          new ModelModule(plan, 1, layout.vector(parameters.initialValues(plan.seed())));
      DistriOptimizer<Float> optimizer =
          new DistriOptimizer<>(
              module,
              new StreamDataSet(streams, plan.batchSize(), plan.seed()),
              new LossCriterion(plan.layout().tasks().size()),
              Tensors.FLOAT,
              Tensors.numeric());
      optimizer.setCompressType("none");
      optimizer.setOptimMethod(
          new AdaTaskOptimMethod(
              plan.optimizer(), layout.slots(), step -> SentStep.received().learningRate()));
      optimizer.setEndWhen(new Steps(context, steps(streams.first(), plan)));
      ModelModule trained = (ModelModule) optimizer.optimize();
      int from = trained.weightOffset();
      return layout.values(
          Arrays.copyOfRange(trained.weightArray(), from, from + layout.slots().size()));
    } finally {
      ExchangeBlocks.remove(streams);
      streams.unpersist(false);
    }
  }

  private static List<StepProperties> steps(StreamPartition samples, TrainingPlan plan) {
    int perStream = plan.batchSize() / plan.streams();
    int inEpoch = (samples.longestStream() + perStream - 1) / perStream;
    int tasks = plan.layout().tasks().size();
    double[] lossWeights =
        plan.weighting().start(tasks, plan.optimizer().rule(), new double[0]).current();
    List<StepProperties> steps = new ArrayList<>();
    double rate = plan.learningRate();
    for (int epoch = 1; epoch <= plan.maxEpochs(); epoch++, rate /= 2) {
      double[] weights = samples.weights(epoch, inEpoch, perStream);
      for (int step = 0; step < inEpoch; step++) {
        int from = step * (tasks + 1);
        steps.add(
            new StepProperties(
                steps.size() + 1L,
                epoch,
                step,
                0,
                step,
                rate,
                Arrays.copyOfRange(weights, from, from + tasks),
                lossWeights));
      }
    }
    return steps;
  }

  /** BigDL asks before each step whether to end, some of them twice. */
  private static final class Steps implements Trigger {
    private static final long serialVersionUID = 1;

    private final transient SparkContext context;
    private final transient List<StepProperties> steps;

    Steps(SparkContext context, List<StepProperties> steps) {
      this.context = context;
      this.steps = steps;
    }

    @Override
    public boolean apply(Table state) {
      int next = ((Number) state.<Object>apply(AdaTaskOptimMethod.NEXT_STEP)).intValue();
      if (next > steps.size()) {
        return true;
      }
      SentStep.send(steps.get(next - 1), context);
      return false;
    }
  }
}
