package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What the page of an experiment is drawn from: files of its folder, in snake case.
 *
 * @param experiment {@code experiment.json}: {@code baseline, tasks, split, replicates, kappa,
 *     models [{name, type, table_width, parameters}], cells [{run, model, optimizer, ..}]}
 * @param table {@code table.json}: {@code [{model, optimizer, learning_rate, chosen, task, split,
 *     group, checkpoint, auc, deviation, epoch, seeds}]}
 * @param transfer rows of {@code transfer.json}
 * @param conflicts {@code conflicts.json}; empty where the baseline has no tables a task
 */
record TransferInputs(
    JsonNode experiment, JsonNode table, List<Transfer> transfer, JsonNode conflicts) {
  private static final String COMPARABLE = "comparable";

  /** A difference in AUC with its interval. */
  record Difference(double value, double low, double high) {
    static Difference of(JsonNode node) {
      return new Difference(
          Figures.number(node.path("value")),
          Figures.number(node.path("ci_low")),
          Figures.number(node.path("ci_high")));
    }

    boolean leavesZeroOut() {
      return low > 0 || high < 0;
    }
  }

  /** What a task gains or loses by a model in a group. */
  record Transfer(
      String model,
      String optimizer,
      String task,
      String group,
      double baseline,
      double common,
      double own,
      Difference atCommonEpoch,
      Difference atOwnEpoch,
      Difference stopping,
      double deviation,
      long rows,
      long positives) {
    static Transfer of(JsonNode node) {
      return new Transfer(
          node.path("model").asText(),
          node.path("optimizer").asText(),
          node.path("task").asText(),
          node.path("group").asText(),
          Figures.number(node.path("baseline_auc")),
          Figures.number(node.path("common_epoch_auc")),
          Figures.number(node.path("own_epoch_auc")),
          Difference.of(node.path("at_common_epoch")),
          Difference.of(node.path("at_own_epoch")),
          Difference.of(node.path("stopping")),
          Figures.number(node.path("deviation")),
          node.path("rows").asLong(),
          node.path("positives").asLong());
    }
  }

  static TransferInputs read(Path folder, Configuration configuration) {
    ReportInputs.Files files = new ReportInputs.Files(configuration);
    List<Transfer> transfer = new ArrayList<>();
    files
        .json(new Path(folder, "transfer.json"))
        .forEach(record -> transfer.add(Transfer.of(record)));
    return new TransferInputs(
        files.json(new Path(folder, "experiment.json")),
        files.json(new Path(folder, "table.json")),
        transfer,
        files.json(new Path(folder, "conflicts.json")));
  }

  List<String> tasks() {
    List<String> tasks = new ArrayList<>();
    experiment.path("tasks").forEach(task -> tasks.add(task.asText()));
    return tasks;
  }

  String baseline() {
    return experiment.path("baseline").asText();
  }

  String split() {
    return experiment.path("split").asText();
  }

  List<String> optimizers() {
    return transfer.stream().map(Transfer::optimizer).distinct().toList();
  }

  /**
   * The group of users without a prevailing task: over all tasks where there are several pairs, and
   * all users where nobody is grouped.
   */
  String comparable() {
    Set<String> groups = new LinkedHashSet<>();
    transfer.forEach(one -> groups.add(one.group()));
    for (String name : List.of(COMPARABLE, "overall:" + COMPARABLE)) {
      if (groups.contains(name)) {
        return name;
      }
    }
    return MetricRow.ALL;
  }

  List<Transfer> of(String task, String optimizer, String group) {
    return transfer.stream()
        .filter(
            one ->
                one.task().equals(task)
                    && one.optimizer().equals(optimizer)
                    && one.group().equals(group))
        .toList();
  }
}
