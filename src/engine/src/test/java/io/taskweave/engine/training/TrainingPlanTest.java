package io.taskweave.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import java.lang.reflect.RecordComponent;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrainingPlanTest {
  /** The initial weights are those of WarmStartTest. */
  private static final Set<String> NOT_SET = Set.of("layout", "model", "initialWeights");

  private static final TrainingPlan DEFAULTS =
      TrainingPlan.builder(TinyTraining.LAYOUT, TinyTraining.MODEL).build();

  @Test
  void aBuilderOfAPlanKeepsEachOfItsChoices() throws ReflectiveOperationException {
    TrainingPlan plan =
        TrainingPlan.builder(TinyTraining.LAYOUT, TinyTraining.MODEL)
            .seed(11)
            .batchSize(24)
            .maxEpochs(5)
            .streams(6)
            .learningRate(0.25)
            .weighting(new LossWeighting.Uncertainty())
            .combination(new PcGrad())
            .clipping(new GradientClipping(GradientClipping.Kind.SUM, 3))
            .optimizer(OptimizerSpec.perTask(Adam.DEFAULT))
            .decay(new TableDecay(TableDecay.Kind.FULL, 0.5))
            .schedule(new LearningRateSchedule.Step(2, 0.5))
            .patience(4)
            .minImprovement(0.125)
            .checkpointsKept(7)
            .dominance(new DominancePlan(true, 0.5, 8, 9))
            .build();
    for (RecordComponent component : TrainingPlan.class.getRecordComponents()) {
      if (!NOT_SET.contains(component.getName())) {
        assertThat(component.getAccessor().invoke(plan))
            .as(component.getName())
            .isNotEqualTo(component.getAccessor().invoke(DEFAULTS));
      }
    }
    assertThat(plan.toBuilder().build()).isEqualTo(plan);
  }

  @Test
  void withoutAChoiceAllTasksWeighTheSame() {
    assertThat(DEFAULTS.weighting()).isEqualTo(LossWeighting.Fixed.equal(2));
  }
}
