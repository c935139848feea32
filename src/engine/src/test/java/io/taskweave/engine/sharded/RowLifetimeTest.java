package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.TinyTraining;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingListener.RowCounts;
import io.taskweave.engine.training.TrainingListener.Rows;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.engine.training.WarmStart;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowLifetimeTest {
  private static final ParameterLayout PARAMETERS = MODEL.create(LAYOUT).parameters();
  private static final RowLayout ITEM = RowLayout.of(PARAMETERS, 1, 1, 2).get(1);
  private static final TrainingCluster ONE = new TrainingCluster(1, 2);
  private static final TrainingCluster TWO = new TrainingCluster(2, 1);
  private static final int FIRST_ID = Field.UNKNOWN_ID + 1;

  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private static TrainingPlan plan(SampleLayout layout, int epochs) {
    return TinyTraining.builder(layout, MODEL).maxEpochs(epochs).build();
  }

  private List<Rows> train(
      TrainingPlan plan,
      RowUpdates updates,
      RowLifetime lifetime,
      int checkpointEvery,
      TrainingCluster cluster,
      String name,
      boolean resume) {
    List<Rows> heard = new ArrayList<>();
    new ShardedTrainer(
            LocalSpark.session(),
            updates,
            lifetime,
            checkpointEvery,
            SampleMemory.UNBOUNDED,
            cluster)
        .train(
            plan,
            data(),
            run(name),
            resume,
            new TrainingListener() {
              @Override
              public void rows(Rows rows) {
                heard.add(rows);
              }
            });
    return heard;
  }

  private List<Rows> train(TrainingPlan plan, RowLifetime lifetime, String name) {
    return train(plan, RowUpdates.LAZY, lifetime, 0, ONE, name, false);
  }

  private float[] weights(String run, ParameterLayout parameters) {
    return RunFiles.readWeights(
        hadoop(), new Path(RunFiles.best(run(run)), RunFiles.WEIGHTS), parameters);
  }

  /** Ids of a table whose rows differ from those of the seed. */
  private static Set<Integer> moved(float[] weights, ParameterLayout parameters, String table) {
    float[] initial = parameters.initialValues(7);
    Set<Integer> moved = new HashSet<>();
    for (int i = 0; i < parameters.count(); i++) {
      Parameter parameter = parameters.get(i);
      if (table.equals(parameter.ids())) {
        int width = parameter.shape()[1];
        for (int id = FIRST_ID; id < parameter.shape()[0]; id++) {
          int from = parameters.offset(i) + id * width;
          if (!Arrays.equals(weights, from, from + width, initial, from, from + width)) {
            moved.add(id);
          }
        }
      }
    }
    return moved;
  }

  @Test
  void idsThatAreSeenTooSeldomKeepTheValuesOfTheSeed() {
    TrainingPlan plan = plan(LAYOUT, 1);
    int seldom = 6;
    Map<String, RowCounts> counts =
        train(plan, new RowLifetime(seldom, 0), "admitted").get(0).byTable();
    train(plan, RowLifetime.UNBOUNDED, "all");
    for (String table : List.of("user", "item")) {
      Set<Integer> all = moved(weights("all", PARAMETERS), PARAMETERS, table);
      Set<Integer> admitted = moved(weights("admitted", PARAMETERS), PARAMETERS, table);
      RowCounts rows = counts.get(table);
      // Padding and out of vocabulary have rows as well.
      assertThat(rows.held()).isEqualTo(admitted.size() + 2);
      assertThat(rows.held() + rows.waiting()).isEqualTo(all.size() + 2);
      assertThat(rows.evicted()).isZero();
      assertThat(all).containsAll(admitted);
    }
    assertThat(counts.get("item").waiting()).isPositive();
    assertThat(counts.get("item").held()).isGreaterThan(2);
  }

  /** As {@link Sightings} should count: steps that hold an id. */
  @Property(tries = 50)
  void aStepCountsOnceForEachIdThatItHolds(
      @ForAll @Size(max = 60) List<@Size(max = 20) List<@LongRange(min = 2, max = 30) Long>> steps,
      @ForAll @IntRange(min = 1, max = 60) int since) {
    Sightings sightings = new Sightings();
    Map<Long, Integer> counts = new HashMap<>();
    Map<Long, Integer> last = new HashMap<>();
    for (int step = 1; step <= steps.size(); step++) {
      for (long id : steps.get(step - 1)) {
        if (last.getOrDefault(id, 0) < step) {
          counts.merge(id, 1, Integer::sum);
          last.put(id, step);
        }
        assertThat(sightings.see(id, step)).isEqualTo(counts.get(id));
      }
    }
    assertThat(sightings.ids()).isEqualTo(counts.size());
    sightings.forget(id -> id % 3 == 0, since);
    counts.keySet().removeIf(id -> id % 3 == 0 || last.get(id) < since);
    Map<Long, Integer> left = new HashMap<>();
    for (int slot = 0; slot < sightings.ids(); slot++) {
      left.put(sightings.id(slot), sightings.count(slot));
    }
    assertThat(left).isEqualTo(counts);
    int next = steps.size() + 1;
    counts.forEach((id, count) -> assertThat(sightings.see(id, next)).isEqualTo(count + 1));
  }

  @Property(tries = 50)
  void rowsThatStayKeepTheirValues(
      @ForAll @Size(max = 300) List<@LongRange(min = 0, max = 1000) Long> ids,
      @ForAll @IntRange(min = 1, max = 20) int since) {
    RowStore store = new RowStore(ITEM, 7, 1);
    Map<Long, Integer> lastSteps = new TreeMap<>();
    for (long id : ids) {
      int slot = store.findOrCreate(id, 1);
      int last = (int) (id * 7 % 20);
      lastSteps.put(id, last);
      store.setLastStep(slot, last);
      Arrays.fill(
          store.page(slot), store.offset(slot), store.offset(slot) + ITEM.floats(), (float) id);
    }
    Set<Long> leaving = new HashSet<>(lastSteps.keySet());
    leaving.removeIf(id -> id < FIRST_ID || lastSteps.get(id) >= since - 1);
    assertThat(store.evict(since)).isEqualTo(leaving.size());
    assertThat(store.rows()).isEqualTo(lastSteps.size() - leaving.size());
    lastSteps.forEach(
        (id, last) -> {
          int slot = store.find(id);
          if (leaving.contains(id)) {
            assertThat(slot).isEqualTo(IdIndex.NONE);
            return;
          }
          assertThat(store.id(slot)).isEqualTo(id);
          assertThat(store.lastStep(slot)).isEqualTo(last);
          for (int i = 0; i < ITEM.floats(); i++) {
            assertThat(store.page(slot)[store.offset(slot) + i]).isEqualTo((float) id);
          }
        });
    float[] fresh = new float[ITEM.floats()];
    for (long id : leaving) {
      int slot = store.findOrCreate(id, 30);
      store.initialWeights(id, fresh, 0);
      assertThat(
              Arrays.copyOfRange(
                  store.page(slot), store.offset(slot), store.offset(slot) + ITEM.floats()))
          .isEqualTo(fresh);
    }
  }

  /** Users 20 to 24 have rows from the first day and no samples on the second. */
  @Test
  void rowsThatNoStepHoldsLeaveAfterSoManyEpochs() {
    TinyTraining.train(plan(LAYOUT, 1), run("first"), false);
    SampleLayout second =
        new SampleLayout(
            List.of(Field.categorical("user", 26), Field.categorical("item", 30)), LAYOUT.tasks());
    SortedMap<String, int[]> ids = new TreeMap<>();
    ids.put("user", IntStream.range(0, 20).map(id -> id < FIRST_ID ? id : id + 5).toArray());
    ids.put("item", IntStream.range(0, 30).toArray());
    TrainingPlan plan =
        plan(second, 3).toBuilder()
            .initialWeights(
                WarmStart.from(
                    LocalSpark.session(),
                    "first",
                    RunFiles.best(run("first")),
                    new ModelFile(MODEL, second),
                    ids))
            .build();
    List<Rows> heard = train(plan, new RowLifetime(1, 1), "second");
    assertThat(heard)
        .extracting(rows -> rows.byTable().get("user").evicted())
        .containsExactly(0L, 5L, 0L);
    assertThat(heard).extracting(rows -> rows.byTable().get("item").evicted()).containsOnly(0L);
    ParameterLayout parameters = MODEL.create(second).parameters();
    assertThat(moved(weights("second", parameters), parameters, "user"))
        .doesNotContain(20, 21, 22, 23, 24)
        .contains(19);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DENSE")
  void twoExecutorsAgreeWithOne(RowUpdates updates) {
    RowLifetime lifetime = new RowLifetime(5, 1);
    List<Rows> one = train(plan(LAYOUT, 2), updates, lifetime, 0, ONE, "one", false);
    List<Rows> two = train(plan(LAYOUT, 2), updates, lifetime, 0, TWO, "two", false);
    assertThat(two).isEqualTo(one);
    assertThat(weights("two", PARAMETERS)).isEqualTo(weights("one", PARAMETERS));
  }

  @Test
  void idsThatWaitAreInACheckpoint() throws IOException {
    RowLifetime lifetime = new RowLifetime(8, 1);
    TrainingPlan plan = plan(LAYOUT, 2);
    List<Rows> whole = train(plan, lifetime, "whole");
    TrainingPlan keepAll = plan.toBuilder().checkpointsKept(1000).build();
    train(keepAll, RowUpdates.LAZY, lifetime, 5, ONE, "parts", false);
    try (var checkpoints = Files.list(folder.resolve("parts/checkpoints"))) {
      for (java.nio.file.Path checkpoint : checkpoints.toList()) {
        if (Integer.parseInt(checkpoint.getFileName().toString().substring(5)) > 5) {
          Files.delete(checkpoint.resolve("state.json"));
        }
      }
    }
    List<Rows> resumed = train(plan, RowUpdates.LAZY, lifetime, 0, TWO, "parts", true);
    assertThat(resumed).isEqualTo(whole);
    assertThat(weights("parts", PARAMETERS)).isEqualTo(weights("whole", PARAMETERS));
    assertThat(whole.get(0).byTable().get("item").waiting()).isPositive();
    assertThatThrownBy(
            () -> train(plan, RowUpdates.LAZY, new RowLifetime(7, 1), 0, ONE, "parts", true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("row lifetime was RowLifetime[minimumCount=8");
  }

  @Test
  void rowsThatAllTakePartCannotComeAndGo() {
    assertThatThrownBy(
            () ->
                train(
                    plan(LAYOUT, 1),
                    RowUpdates.DENSE,
                    new RowLifetime(2, 0),
                    0,
                    ONE,
                    "refused",
                    false))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("training.rows.minimum-count 2");
  }
}
