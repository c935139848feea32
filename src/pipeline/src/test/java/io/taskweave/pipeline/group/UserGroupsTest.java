package io.taskweave.pipeline.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.group.FeedbackGroups;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.group.GroupPlan.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class UserGroupsTest {
  private static final List<String> TWO = List.of("click", "like");
  private static final List<String> THREE = List.of("click", "like", "follow");

  private final List<Row> rows = new ArrayList<>();

  @Test
  void theLogRatioOfPositivesDecidesAndABoundBelongsToTheMiddle() {
    user("clicks", 3, 0);
    user("even", 1, 1);
    user("likes", 0, 2);
    user("silent", 0, 0);
    // (8 + 1) / (5 + 1) is kappa itself, but the logarithms differ by more.
    user("bound", 8, 5);
    user("other bound", 5, 8);
    Map<String, Row> table = table(plan(TWO, 1.5, false, Method.LOG_RATIO), "click|like");
    assertThat(groups(table))
        .isEqualTo(
            Map.of(
                "clicks", "click-dominant",
                "even", "comparable",
                "likes", "like-dominant",
                "silent", "no-feedback",
                "bound", "comparable",
                "other bound", "comparable"));
    assertThat(table.get("likes").<Double>getAs("rho")).isEqualTo(-Math.log(3), within(1e-12));
    assertThat(table.get("clicks").<Long>getAs("positives_click")).isEqualTo(3);
  }

  @Test
  void normalisedCountsAreRelativeToTheirMeanOverUsers() {
    Random random = new Random(4);
    List<int[]> counts = new ArrayList<>();
    for (int user = 0; user < 60; user++) {
      counts.add(new int[] {random.nextInt(12), random.nextInt(3)});
      user("u" + user, counts.get(user));
    }
    double meanClicks = counts.stream().mapToInt(c -> c[0] + 1).average().orElseThrow();
    double meanLikes = counts.stream().mapToInt(c -> c[1] + 1).average().orElseThrow();
    Map<String, Row> table = table(plan(TWO, 1.3, true, Method.LOG_RATIO), "click|like");
    for (int user = 0; user < counts.size(); user++) {
      int[] own = counts.get(user);
      double rho = Math.log((own[0] + 1) / meanClicks) - Math.log((own[1] + 1) / meanLikes);
      Row row = table.get("u" + user);
      assertThat(row.<Double>getAs("rho")).isEqualTo(rho, within(1e-12));
      String expected =
          own[0] + own[1] == 0
              ? FeedbackGroups.NO_FEEDBACK
              : rho > Math.log(1.3)
                  ? "click-dominant"
                  : rho < -Math.log(1.3) ? "like-dominant" : FeedbackGroups.COMPARABLE;
      assertThat(row.<String>getAs("group")).isEqualTo(expected);
    }
  }

  @Test
  void tertilesCutUsersWithFeedbackIntoThirds() {
    for (int user = 1; user <= 9; user++) {
      user("u" + user, user, 0);
    }
    user("silent", 0, 0);
    Map<String, Row> table = table(plan(TWO, 1.5, false, Method.TERTILES), "click|like");
    assertThat(groups(table).values()).filteredOn("like-dominant"::equals).hasSizeBetween(2, 3);
    assertThat(groups(table).values()).filteredOn("click-dominant"::equals).hasSize(3);
    assertThat(groups(table))
        .containsEntry("silent", "no-feedback")
        .containsEntry("u9", "click-dominant");
  }

  @Test
  void threeTasksGiveEveryPairAndAnOverallGroup() {
    user("clicks", 5, 0, 0);
    user("even", 1, 1, 1);
    user("follows", 0, 1, 4);
    user("silent", 0, 0, 0);
    GroupPlan plan = plan(THREE, 1.5, false, Method.LOG_RATIO);
    Dataset<Row> all = new UserGroups(plan).table(samples(THREE));
    assertThat(all.select("pair").distinct().collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactlyInAnyOrder("click|like", "click|follow", "like|follow", "overall");
    assertThat(groups(table(plan, "overall")))
        .isEqualTo(
            Map.of(
                "clicks", "click-dominant",
                "even", "comparable",
                "follows", "follow-dominant",
                "silent", "no-feedback"));
    assertThat(groups(table(plan, "like|follow")))
        .containsEntry("clicks", "no-feedback")
        .containsEntry("follows", "follow-dominant");
  }

  @Test
  void oneTaskHasNoGroups() {
    user("clicks", 5);
    GroupPlan plan = plan(List.of("click"), 1.5, true, Method.LOG_RATIO);
    UserGroups groups = new UserGroups(plan);
    Dataset<Row> samples = samples(List.of("click"));
    Dataset<Row> table = groups.table(samples);
    assertThat(table.count()).isZero();
    assertThat(groups.summary(samples, table).path("sizes")).isEmpty();
  }

  @Test
  void theSummaryTellsSizesRatesAndASweepThatAddsUp() {
    user("clicks", 3, 0);
    user("even", 1, 1);
    user("likes", 0, 2);
    user("silent", 0, 0);
    rows.add(RowFactory.create("clicks", "test", (byte) 1, (byte) 0));
    rows.add(RowFactory.create("new", "test", (byte) 1, null));
    rows.add(RowFactory.create("new", "test", (byte) 0, null));
    UserGroups groups =
        new UserGroups(
            new GroupPlan(TWO, 1.5, false, Method.LOG_RATIO, List.of(1.0, 2.0, 3.0, 5.0)));
    Dataset<Row> samples = samples(TWO);
    JsonNode summary = groups.summary(samples, groups.table(samples));

    assertThat(summary.path("sizes")).hasSize(4);
    assertThat(summary.path("sizes"))
        .allSatisfy(size -> assertThat(size.path("users").asInt()).isOne());
    JsonNode unseen = find(summary.path("label_rates"), Map.of("group", "unseen", "split", "test"));
    assertThat(unseen.path("rows").asInt()).isEqualTo(2);
    assertThat(unseen.path("label_rates").path("click").asDouble()).isEqualTo(0.5);
    assertThat(unseen.path("label_rates").path("like").isNull()).isTrue();
    JsonNode train =
        find(summary.path("label_rates"), Map.of("group", "click-dominant", "split", "train"));
    assertThat(train.path("label_rates").path("click").asDouble()).isOne();

    int[] comparable = {1, 1, 2, 3};
    for (int place = 0; place < comparable.length; place++) {
      JsonNode sizes = summary.path("sweep").get(place);
      assertThat(sizes.path("comparable").asInt()).isEqualTo(comparable[place]);
      assertThat(
              sizes.path("first_dominant").asInt()
                  + sizes.path("comparable").asInt()
                  + sizes.path("second_dominant").asInt())
          .isEqualTo(3);
    }
    assertThat(
            IntStream.range(0, summary.path("rho_histogram").size())
                .map(bin -> summary.path("rho_histogram").get(bin).path("users").asInt())
                .sum())
        .isEqualTo(3);
  }

  @Test
  void anEmptyTrainingPartAndAKappaBelowOneAreRefused() {
    rows.add(RowFactory.create("new", "test", (byte) 1, (byte) 0));
    UserGroups groups = new UserGroups(plan(TWO, 1.5, true, Method.LOG_RATIO));
    assertThatThrownBy(() -> groups.table(samples(TWO)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("the training part has no row");
    assertThatThrownBy(() -> plan(TWO, 0.9, true, Method.LOG_RATIO))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("(0.9)");
  }

  /** As many training rows as the largest count, each with the labels that are left to give. */
  private void user(String user, int... positives) {
    int most = Math.max(1, IntStream.of(positives).max().orElseThrow());
    for (int row = 0; row < most; row++) {
      Object[] cells = new Object[2 + positives.length];
      cells[0] = user;
      cells[1] = "train";
      for (int task = 0; task < positives.length; task++) {
        cells[2 + task] = (byte) (row < positives[task] ? 1 : 0);
      }
      rows.add(RowFactory.create(cells));
    }
  }

  private static GroupPlan plan(
      List<String> tasks, double kappa, boolean normalise, Method method) {
    return new GroupPlan(tasks, kappa, normalise, method, List.of());
  }

  private Dataset<Row> samples(List<String> tasks) {
    StructType schema =
        new StructType().add("user", DataTypes.StringType).add("split", DataTypes.StringType);
    for (String task : tasks) {
      schema = schema.add("label_" + task, DataTypes.ByteType);
    }
    return LocalSpark.session().createDataFrame(rows, schema);
  }

  private Map<String, Row> table(GroupPlan plan, String pair) {
    Map<String, Row> byUser = new TreeMap<>();
    for (Row row : new UserGroups(plan).table(samples(plan.tasks())).collectAsList()) {
      if (row.<String>getAs("pair").equals(pair)) {
        byUser.put(row.getAs("user"), row);
      }
    }
    return byUser;
  }

  private static Map<String, String> groups(Map<String, Row> table) {
    Map<String, String> groups = new TreeMap<>();
    table.forEach((user, row) -> groups.put(user, row.getAs("group")));
    return groups;
  }

  private static JsonNode find(JsonNode entries, Map<String, String> wanted) {
    for (JsonNode entry : entries) {
      if (wanted.entrySet().stream()
          .allMatch(field -> entry.path(field.getKey()).asText().equals(field.getValue()))) {
        return entry;
      }
    }
    throw new AssertionError(wanted + " in " + entries);
  }
}
