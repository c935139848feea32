package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.sample.Field;
import io.taskweave.engine.training.TinyTraining;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.management.JMException;
import javax.management.ObjectName;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowStoreTest {
  private static final ParameterLayout MODEL =
      TinyTraining.MODEL.create(TinyTraining.LAYOUT).parameters();
  private static final RowLayout ITEM = RowLayout.of(MODEL, 1, 1, 2).get(1);

  @Test
  void aNewRowHasTheInitialValuesOfTheWholeTable() {
    float[] whole = MODEL.initialValues(7);
    int offset = MODEL.offset(ITEM.parameterIndex(0));
    RowStore store = new RowStore(ITEM, 7, 4);
    for (int id = ITEM.tableRows() - 1; id >= 0; id--) {
      int slot = store.findOrCreate(id, 5);
      for (int i = 0; i < ITEM.width(0); i++) {
        assertThat(store.page(slot)[store.offset(slot) + i])
            .isEqualTo(whole[offset + id * ITEM.width(0) + i]);
      }
      assertThat(store.lastStep(slot)).isEqualTo(4);
    }
  }

  @Property(tries = 50)
  void everyIdKeepsItsOwnRow(
      @ForAll @Size(max = 400) List<@LongRange(min = 0, max = 1L << 40) Long> ids) {
    RowStore store = new RowStore(ITEM, 7, 1);
    Map<Long, Integer> slots = new HashMap<>();
    for (long id : ids) {
      assertThat(store.find(id)).isEqualTo(slots.getOrDefault(id, -1));
      int slot = store.findOrCreate(id, 1);
      slots.putIfAbsent(id, slot);
      store.page(slot)[store.offset(slot)] = id;
      assertThat(slot).isEqualTo(slots.get(id));
    }
    assertThat(store.rows()).isEqualTo(slots.size());
    slots.forEach(
        (id, slot) -> {
          assertThat(store.find(id)).isEqualTo(slot);
          assertThat(store.id(slot)).isEqualTo(id);
          assertThat(store.page(slot)[store.offset(slot)]).isEqualTo((float) (long) id);
        });
  }

  @Property(tries = 50)
  void aBatchNumbersItsDistinctIds(
      @ForAll @Size(max = 3000) List<@LongRange(min = 0, max = 2000) Long> ids) {
    IdNumbering numbering = new IdNumbering();
    for (int batch = 0; batch < 2; batch++) {
      Map<Long, Integer> numbers = new HashMap<>();
      for (long id : ids) {
        int number = numbering.number(id);
        assertThat(numbers.putIfAbsent(id, number)).isIn(null, number);
        assertThat(numbering.id(number)).isEqualTo(id);
      }
      Set<Long> known = new HashSet<>(ids);
      known.removeIf(id -> id <= Field.UNKNOWN_ID);
      assertThat(numbering.count()).isEqualTo(known.size() + 2);
      assertThat(new HashSet<>(numbers.values())).hasSameSizeAs(numbers.keySet());
      numbering.clear();
    }
  }

  private static RowLayout wide(int rows) {
    BitSet tasks = new BitSet();
    tasks.set(0, 2);
    Parameter table =
        Parameter.tableOfIds(
            "embedding/shared/item", "item", rows, 16, tasks, Initialization.table(0));
    return RowLayout.of(new ParameterLayout(List.of(table)), 2, 2, 2).get(0);
  }

  private static RowStore filled(RowLayout layout) {
    RowStore store = new RowStore(layout, 7, layout.tableRows());
    for (int id = 0; id < layout.tableRows(); id++) {
      int slot = store.findOrCreate(id, 1);
      store.page(slot);
    }
    return store;
  }

  @ParameterizedTest
  @ValueSource(ints = {20_000, 70_000, 300_000})
  void memoryIsKnownBeforehandWithinATenth(int rows) {
    RowLayout layout = wide(rows);
    assertThat((double) RowStore.bytes(layout, rows))
        .isCloseTo((double) filled(layout).bytes(), withinPercentage(10));
  }

  /** Bytes of live arrays of numbers, as the virtual machine counts them. */
  private static long arrays() throws JMException {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    return histogram
        .lines()
        .map(line -> line.trim().split("\\s+"))
        .filter(line -> line.length > 3 && Set.of("[F", "[I", "[J").contains(line[3]))
        .mapToLong(line -> Long.parseLong(line[2]))
        .sum();
  }

  @Test
  void memoryIsWhatTheHeapHolds() throws JMException {
    RowLayout layout = wide(100_000);
    long before = arrays();
    RowStore store = filled(layout);
    long held = arrays() - before;
    assertThat((double) held).isCloseTo((double) store.bytes(), withinPercentage(5));
    assertThat((double) RowStore.bytes(layout, store.rows()))
        .isCloseTo((double) held, withinPercentage(10));
  }

  @Property(tries = 30)
  void everyWantedRowHasOneOwner(
      @ForAll @Size(max = 300) List<@LongRange(min = 0, max = 29) Long> ids) {
    BatchTable table = new BatchTable(ITEM, 3);
    for (long id : ids) {
      table.number((int) id);
    }
    table.seal();
    List<Long> owned = new ArrayList<>();
    for (int owner = 0; owner < 3; owner++) {
      for (int i = 0; i < table.wanted(owner); i++) {
        long id = table.id(table.number(owner, i));
        assertThat(Owner.of(Owner.key("item"), id, 3)).isEqualTo(owner);
        owned.add(id);
      }
    }
    Set<Long> wanted = new HashSet<>(ids);
    wanted.add((long) Field.PADDING_ID);
    wanted.add((long) Field.UNKNOWN_ID);
    assertThat(owned).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void stemNetWithTwoTasksAndAdaTaskTakes704BytesAnId() {
    List<Parameter> tables = new ArrayList<>();
    for (String view : List.of("task-click", "task-like", "shared")) {
      BitSet tasks = new BitSet();
      tasks.set(view.equals("task-like") ? 1 : 0, view.equals("task-click") ? 1 : 2);
      tables.add(
          Parameter.tableOfIds(
              "embedding/" + view + "/item", "item", 100, 16, tasks, Initialization.table(0.1)));
    }
    List<RowLayout> rows = RowLayout.of(new ParameterLayout(tables), 2, 2, 2);
    assertThat(rows).hasSize(1);
    assertThat(Float.BYTES * rows.get(0).floats()).isEqualTo(704);
  }
}
