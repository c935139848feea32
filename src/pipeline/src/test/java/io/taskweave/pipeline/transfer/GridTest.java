package io.taskweave.pipeline.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.metric.Checkpoint;
import io.taskweave.pipeline.evaluate.ReplicateRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GridTest {
  private static final double EXACT = 1e-12;

  /** AUC of "like" at both checkpoints and in the group "comparable" one hundredth lower. */
  private static GridCell cell(
      String model, double rate, long seed, double validation, double common, double own) {
    List<ReplicateRecord> aucs = new ArrayList<>();
    for (String group : List.of("all", "comparable")) {
      double lower = group.equals("all") ? 0 : .01;
      aucs.add(auc(group, Checkpoint.COMMON_EPOCH, common - lower));
      aucs.add(auc(group, Checkpoint.OWN_EPOCH, own - lower));
    }
    return new GridCell(
        model,
        "adam",
        rate,
        seed,
        validation,
        (int) seed,
        new TreeMap<>(java.util.Map.of("like", 5)),
        aucs);
  }

  private static ReplicateRecord auc(String group, Checkpoint checkpoint, double value) {
    // Replicates move alike in all runs: only differences keep still.
    return new ReplicateRecord(
        "like", "test", group, checkpoint, List.of(value, value + .1, value - .2), 90, 9);
  }

  private static Grid grid() {
    return new Grid(
        List.of(
            cell("single", 1e-3, 1, .80, .70, .78),
            cell("single", 1e-3, 2, .82, .72, .80),
            cell("single", 1e-4, 1, .70, .71, .90),
            cell("single", 1e-4, 2, .71, .71, .90),
            cell("shared", 1e-3, 1, .75, .90, .90),
            cell("shared", 1e-4, 1, .76, .68, .74),
            cell("shared", 1e-4, 2, .76, .72, .78)));
  }

  @Test
  void validationChoosesTheLearningRateOfEachModel() {
    assertThat(grid().chosenRate("single", "adam")).hasValue(1e-3);
    assertThat(grid().chosenRate("shared", "adam")).hasValue(1e-4);
    assertThat(grid().chosenRate("shared", "sgd")).isEmpty();
  }

  @Test
  void theTableHoldsMeanAndDeviationOverSeeds() {
    GridRecord record =
        grid().table().stream()
            .filter(one -> one.model().equals("shared") && one.learningRate() == 1e-4)
            .filter(one -> one.checkpoint() == Checkpoint.COMMON_EPOCH)
            .filter(one -> one.group().equals("comparable"))
            .findFirst()
            .orElseThrow();
    assertThat(record.auc()).isEqualTo(.69, within(EXACT));
    assertThat(record.deviation()).isEqualTo(Math.sqrt(2 * .02 * .02), within(EXACT));
    assertThat(record.epoch()).isEqualTo(1.5);
    assertThat(record.seeds()).isEqualTo(2);
    assertThat(record.chosen()).isTrue();
    assertThat(grid().table())
        .hasSize(4 * 4)
        .filteredOn(one -> one.model().equals("shared") && one.learningRate() == 1e-3)
        .isNotEmpty()
        .allSatisfy(
            one -> {
              assertThat(one.chosen()).isFalse();
              assertThat(one.deviation()).isNaN();
            });
    assertThat(grid().table())
        .filteredOn(one -> one.checkpoint() == Checkpoint.OWN_EPOCH)
        .allSatisfy(one -> assertThat(one.epoch()).isEqualTo(5));
  }

  @Test
  void aLossIsWhatSharingCostsPlusWhatStoppingCosts() {
    List<TransferRecord> records = grid().transfer("single", true, "test");
    assertThat(records).extracting(TransferRecord::model).containsOnly("shared");
    TransferRecord all = records.get(0);
    assertThat(all.group()).isEqualTo("all");
    assertThat(all.learningRate()).isEqualTo(1e-4);
    assertThat(all.baselineLearningRate()).isEqualTo(1e-3);
    // Single-task models stop for themselves: .79 in both comparisons.
    assertThat(all.baseline()).isEqualTo(.79, within(EXACT));
    assertThat(all.atCommonEpoch().value()).isEqualTo(.70 - .79, within(EXACT));
    assertThat(all.atOwnEpoch().value()).isEqualTo(.76 - .79, within(EXACT));
    assertThat(all.stopping().value()).isEqualTo(.70 - .76, within(EXACT));
    assertThat(all.atOwnEpoch().low()).isEqualTo(-.03, within(EXACT));
    assertThat(all.atOwnEpoch().high()).isEqualTo(-.03, within(EXACT));
    // Pairs of one seed: -.04 and -.02.
    assertThat(all.deviation()).isEqualTo(Math.sqrt(2 * .01 * .01), within(EXACT));
    assertThat(records.get(1).group()).isEqualTo("comparable");
    assertThat(records.get(1).rows()).isEqualTo(90);
  }

  @Test
  void aBaselineThatSharesStopsAsTheModelDoes() {
    TransferRecord all = grid().transfer("single", false, "test").get(0);
    assertThat(all.atCommonEpoch().value()).isEqualTo(.70 - .71, within(EXACT));
    assertThat(all.atOwnEpoch().value()).isEqualTo(.76 - .79, within(EXACT));
  }

  @Test
  void aSplitThatIsNotMeasuredHasNoDifferences() {
    assertThat(grid().transfer("single", true, "valid")).isEmpty();
    assertThat(grid().transfer("absent", true, "test")).isEmpty();
  }
}
