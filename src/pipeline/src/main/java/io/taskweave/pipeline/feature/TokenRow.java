package io.taskweave.pipeline.feature;

import java.util.Arrays;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Tokens that are looked up together, each in its table. A look-up mostly waits for memory; here
 * the waits of all tokens overlap, which makes them several times as fast as one after another.
 */
final class TokenRow {
  private UTF8String[] tokens = new UTF8String[0];
  private int[] hashes = new int[0];
  private int[] entries = new int[0];
  private int[] lengths = new int[0];
  private int size;

  /** Takes out all tokens and makes room for others. */
  void reset(int places) {
    size = places;
    if (tokens.length < places) {
      tokens = new UTF8String[places];
      hashes = new int[places];
      entries = new int[places];
      lengths = new int[places];
    }
    Arrays.fill(tokens, null);
  }

  void put(int place, UTF8String token) {
    tokens[place] = token;
    hashes[place] = token.hashCode();
  }

  boolean has(int place) {
    return tokens[place] != null;
  }

  /**
   * Reads what {@link #find} and {@link #findOrAdd} will read, so that it is near when they do.
   *
   * @param tables by place; the last one also holds for all places after it
   */
  void fetch(TokenTable[] tables) {
    int last = tables.length - 1;
    for (int place = 0; place < size; place++) {
      entries[place] = tables[Math.min(place, last)].candidate(hashes[place]);
    }
    for (int place = 0; place < size; place++) {
      int entry = Math.max(entries[place], 0);
      lengths[place] = tables[Math.min(place, last)].length(entry);
    }
  }

  int find(int place, TokenTable table) {
    return table.find(tokens[place], hashes[place]);
  }

  int findOrAdd(int place, TokenTable table) {
    return table.findOrAdd(tokens[place], hashes[place]);
  }
}
