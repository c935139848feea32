package io.taskweave.core.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    void write(OwnerRecords<String> records) {
      int start = records.add(owner, HEAD + rest.size());
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
    return Combinators.combine(Arbitraries.of("a", "b", "c"), keys, keys, rest)
        .as(Written::new)
        .list()
        .ofMaxSize(120);
  }

  @Property
  void recordsOfAnOwnerLieSideBySideInTheOrderOfTheirKeysAndBytes(
      @ForAll("records") List<Written> written) {
    OwnerRecords<String> records = new OwnerRecords<>(ORDER, 1 << 20, owner -> owner);
    Written other = new Written("gone", 0, 0, List.of());
    other.write(records);
    records.clear();
    written.forEach(record -> record.write(records));
    records.sort();
    Map<String, List<Written>> byOwner = new TreeMap<>();
    for (int place = 0; place < records.size(); place++) {
      String owner = records.owner(place);
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
    OwnerRecords<String> records = new OwnerRecords<>(ORDER, held * HEAD, owner -> owner);
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

  private static Map<String, List<Written>> expected(List<Written> written) {
    Map<String, List<Written>> expected = new TreeMap<>();
    written.stream()
        .sorted(BY_KEYS_AND_BYTES)
        .forEach(
            record ->
                expected.computeIfAbsent(record.owner(), any -> new ArrayList<>()).add(record));
    return expected;
  }

  private static void cut(OwnerRecords<String> records, int ofPart, Map<String, List<byte[]>> to) {
    records.sort();
    for (int from = 0, end; from < records.size(); from = end) {
      end = from + 1;
      while (end < records.size() && end - from < ofPart && records.isOfOwnerBefore(end)) {
        end++;
      }
      to.computeIfAbsent(records.owner(from), any -> new ArrayList<>())
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
    OwnerRecords<String> records = new OwnerRecords<>(ORDER, 100, owner -> owner);
    records.sort();
    assertThat(records.size()).isZero();
    assertThat(new RecordMerge(ORDER, (part, start) -> HEAD).isEmpty()).isTrue();
  }

  @Test
  void manyRecordsAreHeldUntilTheyFillTheirBytes() {
    int count = 300_000;
    OwnerRecords<String> records = new OwnerRecords<>(ORDER, count * HEAD, owner -> owner);
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
}
