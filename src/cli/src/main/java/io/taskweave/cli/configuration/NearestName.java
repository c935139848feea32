package io.taskweave.cli.configuration;

import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;

/** Finds what a misspelt name was meant to be. */
final class NearestName {
  private NearestName() {}

  /** The known name with the fewest edits, if it needs no more than half of its letters. */
  static Optional<String> of(String name, Collection<String> known) {
    String nearest = null;
    int fewest = Integer.MAX_VALUE;
    for (String candidate : new TreeSet<>(known)) {
      int edits = distance(name, candidate);
      if (edits < fewest) {
        fewest = edits;
        nearest = candidate;
      }
    }
    return nearest != null && fewest <= Math.max(2, nearest.length() / 2)
        ? Optional.of(nearest)
        : Optional.empty();
  }

  /** Insertions, deletions and replacements that turn one text into the other (Levenshtein). */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
