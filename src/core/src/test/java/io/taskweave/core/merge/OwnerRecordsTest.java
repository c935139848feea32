package io.taskweave.core.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OwnerRecordsTest {
  private static final RecordOrder ORDER = new RecordOrder(2);
  private static final int HEAD = 2 * Long.BYTES + 1;

  /** Two keys, the number of further bytes, and these. */
  private record Written(String owner, long first, long second, List<Byte> rest) {
    void write(OwnerRecords records) {
      byte[] name = ("(" + owner + ")").getBytes(StandardCharsets.UTF_8);
      int start = records.add(name, 1, name.length - 1, HEAD + rest.size());
      byte[] bytes = records.bytes();
      RecordOrder.putNumber(bytes, start, first);
      RecordOrder.putNumber(bytes, start + Long.BYTES, second);
      bytes[start + HEAD - 1] = (byte) rest.size();
      for (int i = 0; i < rest.size(); i++) {
        bytes[start + HEAD + i] = rest.get(i);
      }
    }

    static Written read(String owner, byte[] bytes, int start) {
      List<Byte> rest = new ArrayList<>();
      for (int i = 0; i < bytes[start + HEAD - 1]; i++) {
        rest.add(bytes[start + HEAD + i]);
      }
      return new Written(
          owner,
          RecordOrder.number(bytes, start),
          RecordOrder.number(bytes, start + Long.BYTES),
          rest);
    }
  }

  private static final Comparator<Written> BY_KEYS_AND_BYTES =
      Comparator.comparingLong(Written::first)
          .thenComparingLong(Written::second)
          .thenComparing(written -> written.rest().size())
          .thenComparing(written -> written.rest().toString());

  @Provide
  Arbitrary<List<Written>> records() {
    Arbitrary<Long> keys =
        Arbitraries.oneOf(
            Arbitraries.longs().between(-2, 2),
            Arbitraries.of(Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40));
    // One digit each, so that texts of equally many bytes have the order of the bytes.
    Arbitrary<List<Byte>> rest =
        Arbitraries.bytes().between((byte) 0, (byte) 9).list().ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.of("", "a", "b", "a long name", "a long name."), keys, keys, rest)
        .as(Written::new)
        .list()
        .ofMaxSize(120);
  }

  @Test
  void anOwnerWithoutANameMayComeWhenAllPlacesForNamesAreTaken() {
    OwnerRecords records = new OwnerRecords(ORDER, 1 << 20);
    IntStream.range(0, 256)
        .forEach(i -> new Written(String.format("%032d", i), 0, 0, List.of()).write(records));
    Written nameless = new Written("", 0, 0, List.of());
    IntStream.range(0, 10_000).forEach(i -> nameless.write(records));
    records.sort();
    assertThat(records.size()).isEqualTo(10_256);
  }

  @Property
  void recordsOfAnOwnerLieSideBySideInTheOrderOfTheirKeysAndBytes(
      @ForAll("records") List<Written> written) {
    OwnerRecords records = new OwnerRecords(ORDER, 1 << 20);
    Written other = new Written("gone", 0, 0, List.of());
    other.write(records);
    records.clear();
    written.forEach(record -> record.write(records));
    records.sort();
    Map<String, List<Written>> byOwner = new TreeMap<>();
    for (int place = 0; place < records.size(); place++) {
      String owner = owner(records, place);
      assertThat(byOwner.containsKey(owner)).isEqualTo(records.isOfOwnerBefore(place));
      byOwner
          .computeIfAbsent(owner, any -> new ArrayList<>())
          .add(Written.read(owner, records.bytes(), records.start(place)));
    }
    assertThat(byOwner).isEqualTo(expected(written));
  }

  @Property
  void partsThatComeByTheirFirstKeysAreReadAsOne(
      @ForAll("records") List<Written> written,
      @ForAll @IntRange(min = 1, max = 50) int held,
      @ForAll @IntRange(min = 1, max = 5) int ofPart) {
    Map<String, List<byte[]>> parts = new TreeMap<>();
    OwnerRecords records = new OwnerRecords(ORDER, held * HEAD);
    for (Written record : written) {
      record.write(records);
      assertThat(records.size()).isLessThanOrEqualTo(held);
      if (records.isFull()) {
        cut(records, ofPart, parts);
      }
    }
    cut(records, ofPart, parts);
    Map<String, List<Written>> read = new TreeMap<>();
    parts.forEach((owner, ofOwner) -> read.put(owner, merged(owner, ofOwner)));
    assertThat(read).isEqualTo(expected(written));
  }

  private static String owner(OwnerRecords records, int place) {
    return new String(records.owner(place), StandardCharsets.UTF_8);
  }

  private static Map<String, List<Written>> expected(List<Written> written) {
    Map<String, List<Written>> expected = new TreeMap<>();
    written.stream()
        .sorted(BY_KEYS_AND_BYTES)
        .forEach(
            record ->
                expected.computeIfAbsent(record.owner(), any -> new ArrayList<>()).add(record));
    return expected;
  }

  private static void cut(OwnerRecords records, int ofPart, Map<String, List<byte[]>> to) {
    records.sort();
    for (int from = 0, end; from < records.size(); from = end) {
      end = from + 1;
      while (end < records.size() && end - from < ofPart && records.isOfOwnerBefore(end)) {
        end++;
      }
      to.computeIfAbsent(owner(records, from), any -> new ArrayList<>())
          .add(records.copy(from, end));
    }
    records.clear();
  }

  private static List<Written> merged(String owner, List<byte[]> parts) {
    parts.sort(Comparator.comparingLong(part -> RecordOrder.number(part, 0)));
    RecordMerge merge = new RecordMerge(ORDER, (part, start) -> HEAD + part[start + HEAD - 1]);
    List<Written> read = new ArrayList<>();
    int next = 0;
    while (next < parts.size() || !merge.isEmpty()) {
      if (next < parts.size()
          && (merge.isEmpty() || RecordOrder.number(parts.get(next), 0) <= merge.firstKey())) {
        merge.add(parts.get(next++));
      } else {
        read.add(Written.read(owner, merge.bytes(), merge.start()));
        merge.advance();
      }
    }
    return read;
  }

  @Test
  void nothingIsGivenBackOfNothing() {
    OwnerRecords records = new OwnerRecords(ORDER, 100);
    records.sort();
    assertThat(records.size()).isZero();
    assertThat(new RecordMerge(ORDER, (part, start) -> HEAD).isEmpty()).isTrue();
  }

  @Test
  void manyNamesAreToldApart() {
    NameTable names = new NameTable();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 20_000; i++) {
        byte[] name = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
        assertThat(names.numberOf(name, 0, name.length)).isEqualTo(i);
        assertThat(names.name(i)).isEqualTo(name);
      }
    }
    assertThat(names.size()).isEqualTo(20_000);
    names.clear();
    assertThat(names.numberOf(new byte[] {7}, 0, 1)).isZero();
    assertThat(names.name(0)).containsExactly(7);
  }

  @Test
  void namesOfTheSameHashAreToldApart() {
    byte[] one = new byte[2 * Long.BYTES];
    byte[] other = new byte[2 * Long.BYTES];
    RecordOrder.putNumber(other, 0, 1);
    // What a name begins with is hashed before its second half is added.
    RecordOrder.putNumber(
        other, Long.BYTES, NameTable.mixed(other.length) ^ NameTable.mixed(other.length ^ 1));
    NameTable names = new NameTable();
    assertThat(names.numberOf(one, 0, one.length)).isZero();
    assertThat(names.numberOf(other, 0, other.length)).isEqualTo(1);
  }

  @Test
  void manyRecordsAreHeldUntilTheyFillTheirBytes() {
    int count = 300_000;
    // Each record has a place of 8 bytes, and each of seven names of two bytes takes 28 beside
    // them.
    OwnerRecords records = new OwnerRecords(ORDER, count * (HEAD + 8) + 7 * 30);
    for (int i = 0; i < count; i++) {
      assertThat(records.isFull()).isFalse();
      new Written("u" + i % 7, (i * 7919L) % count, 0, List.of()).write(records);
    }
    assertThat(records.isFull()).isTrue();
    records.sort();
    for (int place = 1; place < count; place++) {
      if (records.isOfOwnerBefore(place)) {
        assertThat(RecordOrder.number(records.bytes(), records.start(place)))
            .isGreaterThan(RecordOrder.number(records.bytes(), records.start(place - 1)));
      }
    }
  }

  @Test
  void longNamesOfManyOwnersCount() {
    int maximum = 1 << 16;
    OwnerRecords records = new OwnerRecords(ORDER, maximum);
    int count = 0;
    while (!records.isFull()) {
      String name = "x".repeat(500) + count++;
      new Written(name, 1, 0, List.of()).write(records);
    }
    assertThat(count).isBetween(100, maximum / (500 + HEAD));
    records.clear();
    assertThat(records.isFull()).isFalse();
  }
}
