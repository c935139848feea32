package io.taskweave.pipeline.sampling;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.LogImport;
import io.taskweave.pipeline.importing.TableColumn;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.sampling.SamplingPlan.Pool;
import io.taskweave.pipeline.sampling.SamplingPlan.Users;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NegativeSamplingTest {
  private static final long START = 1_704_067_200_000L;
  private static final long MINUTE = 60_000;

  @TempDir Path folder;

  @Test
  void negativesAreDifferentItemsThatTheUserNeverMeetsInTheWholeLog() throws IOException {
    manyClicks();
    List<Row> rows = sampled(plan(3, new Pool.Uniform(), 0)).collectAsList();
    Map<Integer, Set<Integer>> met = new HashMap<>();
    Map<Long, Set<Integer>> negatives = new HashMap<>();
    for (Row row : rows) {
      if (row.<Integer>getAs("click") == 1) {
        assertThat(row.<Long>getAs("sample_id")).isEqualTo(row.<Long>getAs("positive_id"));
        met.computeIfAbsent(row.getAs("user"), user -> new HashSet<>()).add(row.getAs("item"));
      } else {
        assertThat(row.<Integer>getAs("category")).isEqualTo(row.<Integer>getAs("item") % 10);
        assertThat(
                negatives
                    .computeIfAbsent(row.getAs("positive_id"), id -> new HashSet<>())
                    .add(row.getAs("item")))
            .isTrue();
      }
    }
    assertThat(negatives).hasSize(400).allSatisfy((id, items) -> assertThat(items).hasSize(3));
    for (Row row : rows) {
      if (row.<Integer>getAs("click") == 0) {
        assertThat(met.get(row.<Integer>getAs("user"))).doesNotContain(row.<Integer>getAs("item"));
      }
    }
    assertThat(rows.stream().map(row -> row.<Long>getAs("sample_id")).distinct()).hasSize(1600);
  }

  @Test
  void partitionsAndHeavyUsersLeaveNoTrace() throws IOException {
    manyClicks();
    SamplingPlan plan = plan(2, new Pool.Popularity(), 1);
    Manifest two = run(plan);
    LocalSpark.session().conf().set("spark.sql.shuffle.partitions", 7);
    try {
      assertThat(run(plan).contentHash()).isEqualTo(two.contentHash());
      assertThat(run(plan, 10).contentHash()).isEqualTo(two.contentHash());
    } finally {
      LocalSpark.session().conf().set("spark.sql.shuffle.partitions", 2);
    }
    assertThat(run(withSeed(plan, 8)).contentHash()).isNotEqualTo(two.contentHash());
  }

  @Test
  void chosenUsersGetTheRowsThatTheyHaveAmongAll() throws IOException {
    manyClicks();
    SamplingPlan all = plan(2, new Pool.Live(Duration.ofMinutes(30)), 0);
    List<Row> expected =
        sampled(all).where("user % 8 = 3").orderBy("sample_id", "item").collectAsList();
    Dataset<Row> chosen = sampled(ofUsers(all, "user", new Users(8, 3)));
    assertThat(chosen.orderBy("sample_id", "item").collectAsList()).isEqualTo(expected);
    assertThat(expected).hasSize(3 * 3 * 20);
  }

  @Test
  void usersWithoutARemainderAreRefused() throws IOException {
    assertThatThrownBy(() -> new Users(8, 8)).isInstanceOf(ConfigurationException.class);
    clicks("1,7,1,0\n2,8,2,1\n");
    SamplingPlan byDay = ofUsers(plan(1, new Pool.Uniform(), 0), "dt", new Users(2, 0));
    assertThatThrownBy(() -> run(byDay))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("its users dt are string and have no remainder");
  }

  @Test
  void liveItemsHaveAnEventWithinReachAndAreDrawnAlike() throws IOException {
    manyClicks();
    Dataset<Row> rows = sampled(plan(1, new Pool.Live(Duration.ofMinutes(30)), 0)).persist();
    Dataset<Row> events =
        rows.where("click = 1").select(col("item").as("live"), col("time").as("at"));
    long live =
        rows.where("click = 0")
            .join(events, col("item").equalTo(col("live")))
            .where("abs(time - at) <= 30 * 60000")
            .select("sample_id")
            .distinct()
            .count();
    assertThat(live).isEqualTo(400);
    rows.unpersist();
  }

  @Test
  void popularItemsAreDrawnInProportionToTheirEvents() {
    AllItems items = AllItems.weighted(new long[] {1, 0 + 6, 3});
    int[] drawn = new int[3];
    for (int i = 0; i < 100_000; i++) {
      drawn[items.draw(0, CounterRandom.uniform(1, i))]++;
    }
    assertThat(drawn[0]).isBetween(9_600, 10_400);
    assertThat(drawn[1]).isBetween(59_400, 60_600);
    assertThat(items.weight(1)).isEqualTo(6);
  }

  @Test
  void liveItemsOfThreeSlotsCountOnceAndByTheirNearestEvent() {
    // Slots of 100: item 0 at 50 and 130, item 1 at 10, item 2 at 250 and 290, item 3 at 120.
    LiveItems items =
        new LiveItems(
            100,
            new long[] {0, 0, 1, 1, 2},
            new int[] {0, 1, 0, 3, 2},
            new int[] {50, 10, 30, 20, 50},
            new int[] {50, 10, 30, 20, 90});
    assertThat(items.all(105)).containsExactlyInAnyOrder(0, 1, 3);
    assertThat(items.all(111)).containsExactlyInAnyOrder(0, 3);
    assertThat(items.all(150)).containsExactlyInAnyOrder(0, 3, 2);
    assertThat(items.all(149)).containsExactlyInAnyOrder(0, 3);
    assertThat(items.all(1000)).isEmpty();
    int[] drawn = new int[4];
    for (int i = 0; i < 100_000; i++) {
      int item = items.draw(150, CounterRandom.uniform(3, i));
      if (item >= 0) {
        drawn[item]++;
      }
    }
    assertThat(drawn[1]).isZero();
    assertThat((double) drawn[0] / drawn[2]).isBetween(0.95, 1.05);
    assertThat((double) drawn[3] / drawn[2]).isBetween(0.95, 1.05);
  }

  @Test
  void aPoolWithFewerItemsThanNegativesIsRefused() throws IOException {
    clicks("1,7,1,0\n1,8,2,1\n2,9,3,2\n2,7,1,3\n3,10,4,4\n");
    assertThat(run(plan(2, new Pool.Uniform(), 0)).rows()).isEqualTo(15);
    assertThatThrownBy(() -> run(plan(3, new Pool.Uniform(), 0)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageStartingWith("Cannot sample negatives of event ")
        .hasMessageContaining("its pool has 4 items, of which the user has not met 2, but 3");
    SamplingPlan lenient =
        new SamplingPlan(
            "user",
            "item",
            List.of("category"),
            "click",
            3,
            new Pool.Uniform(),
            true,
            Users.ALL,
            0,
            7);
    // Only the user of one click has not met three items.
    assertThat(sampled(lenient).where("click = 1").select("user").collectAsList())
        .extracting(row -> row.getInt(0))
        .containsExactly(3);
  }

  @Test
  void aPositiveWithoutEnoughHistoryGetsNoRows() throws IOException {
    clicks("1,7,1,0\n1,8,2,1\n1,9,2,1\n2,9,3,2\n2,7,1,3\n3,10,4,4\n4,11,1,5\n");
    Dataset<Row> rows = sampled(plan(1, new Pool.Uniform(), 1));
    assertThat(
            rows.where("click = 1").select("item").collectAsList().stream().map(r -> r.getInt(0)))
        .containsExactlyInAnyOrder(8, 9, 7);
  }

  @Test
  void columnsThatAreMissingOrThereAlreadyAreRefused() throws IOException {
    clicks("1,7,1,0\n2,8,2,1\n");
    assertThatThrownBy(
            () ->
                run(
                    new SamplingPlan(
                        "user",
                        "thing",
                        List.of(),
                        "click",
                        1,
                        new Pool.Uniform(),
                        false,
                        Users.ALL,
                        0,
                        1)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("no such column (thing)");
    assertThatThrownBy(
            () ->
                run(
                    new SamplingPlan(
                        "user",
                        "item",
                        List.of(),
                        "category",
                        1,
                        new Pool.Uniform(),
                        false,
                        Users.ALL,
                        0,
                        1)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("has a column category already");
    assertThatThrownBy(() -> new Pool.Live(Duration.ZERO))
        .isInstanceOf(ConfigurationException.class);
  }

  /** 20 users with 20 clicks each on 200 items of a day. */
  private void manyClicks() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int click = 0; click < 400; click++) {
      int item = (int) (200 * Math.pow(CounterRandom.uniform(5, click), 2));
      rows.append(String.format("%d,%d,%d,%d%n", click % 20, item, item % 10, click));
    }
    clicks(rows.toString());
  }

  /** Rows of user, item, category, minute. */
  private void clicks(String rows) throws IOException {
    StringBuilder text = new StringBuilder("user,item,category,ms\n");
    for (String row : rows.lines().toList()) {
      int comma = row.lastIndexOf(',');
      long time = START + MINUTE * Long.parseLong(row.substring(comma + 1).strip());
      text.append(row, 0, comma + 1).append(time).append('\n');
    }
    Path raw = Files.writeString(folder.resolve("raw.csv"), text);
    ImportPlan plan =
        new ImportPlan(
            raw.toString(),
            TableFormat.csv(
                List.of(
                    new TableColumn("user", TableColumn.Type.INT),
                    new TableColumn("item", TableColumn.Type.INT),
                    new TableColumn("category", TableColumn.Type.INT),
                    new TableColumn("ms", TableColumn.Type.LONG))),
            "ms",
            ImportPlan.TimeUnit.MILLISECONDS,
            ZoneOffset.UTC,
            Optional.empty(),
            "",
            new DuplicateRule.KeepAll(),
            List.of());
    new StageRunner(LocalSpark.session(), Progress.NONE)
        .run(new LogImport(plan, path("log")), true);
  }

  private static SamplingPlan plan(int negatives, Pool pool, int minimumHistory) {
    return new SamplingPlan(
        "user",
        "item",
        List.of("category"),
        "click",
        negatives,
        pool,
        false,
        Users.ALL,
        minimumHistory,
        7);
  }

  private static SamplingPlan withSeed(SamplingPlan plan, long seed) {
    return new SamplingPlan(
        plan.userColumn(),
        plan.itemColumn(),
        plan.itemAttributes(),
        plan.labelColumn(),
        plan.perPositive(),
        plan.pool(),
        plan.leaveOut(),
        plan.users(),
        plan.minimumHistory(),
        seed);
  }

  private static SamplingPlan ofUsers(SamplingPlan plan, String column, Users users) {
    return new SamplingPlan(
        column,
        plan.itemColumn(),
        plan.itemAttributes(),
        plan.labelColumn(),
        plan.perPositive(),
        plan.pool(),
        plan.leaveOut(),
        users,
        plan.minimumHistory(),
        plan.seed());
  }

  private Dataset<Row> sampled(SamplingPlan plan) {
    run(plan);
    return DataSet.open(path("labelled")).rows(LocalSpark.session());
  }

  private Manifest run(SamplingPlan plan) {
    return run(plan, Long.MAX_VALUE);
  }

  private Manifest run(SamplingPlan plan, long lightEvents) {
    return new StageRunner(LocalSpark.session(), Progress.NONE)
        .run(
            new NegativeSampling(
                plan, path("log"), Optional.empty(), path("labelled"), lightEvents),
            true)
        .manifest();
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toString());
  }
}
