package io.taskweave.pipeline.group;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.FeatureStage;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Publishes the groups of users by task pair: columns {@code user, pair, rho, group} and {@code
 * positives_<task>}, one row a user and pair. The summary holds what a report shows of them.
 */
public final class GroupStage implements Stage {
  private final Path samples;

  private final Path output;
  private final GroupPlan plan;

  /**
   * @param splitByUser whether the split sends whole users to one side
   * @throws ConfigurationException if it does: every user measured would be unseen in training
   */
  public GroupStage(Path samples, Path output, GroupPlan plan, boolean splitByUser) {
    if (splitByUser) {
      throw new ConfigurationException(
          "Cannot group users: the split is by user (split.rule = user), so no user of the test"
              + " part has training feedback, split by date, time or at random");
    }
    this.samples = samples;
    this.output = output;
    this.plan = plan;
  }

  @Override
  public String name() {
    return "groups";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(samples);
  }

  @Override
  public SortedMap<String, String> settings() {
    TreeMap<String, String> settings = new TreeMap<>();
    settings.put("tasks", String.join(",", plan.tasks()));
    settings.put("kappa", Double.toString(plan.kappa()));
    settings.put("method", plan.method().name());
    settings.put("normalise", Boolean.toString(plan.normalise()));
    settings.put("sweep", plan.sweep().toString());
    return settings;
  }

  @Override
  public StageResult run(StageContext context) {
    Dataset<Row> rows = FeatureStage.samples(context.spark(), samples);
    UserGroups groups = new UserGroups(plan);
    Dataset<Row> users = groups.countPositives(rows).cache();
    Dataset<Row> table = groups.ofUsers(users).cache();
    try {
      return context.writeRows(table, groups.summary(rows, table));
    } finally {
      table.unpersist();
      users.unpersist();
    }
  }
}
