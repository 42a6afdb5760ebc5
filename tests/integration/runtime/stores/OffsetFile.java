// SPDX-License-Identifier: Apache-2.0
// Writes and reads an offset file with Java's own serialization, as FileOffsetBackingStore does.

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

public class OffsetFile {
    public static void main(String[] args) throws Exception {
        if (args[0].equals("write")) {
            HashMap<byte[], byte[]> map = new HashMap<>();
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                map.put(bytes("[\"c\",{\"f\":" + i + "}]"), i % 3 == 0 ? null : bytes("{\"p\":" + i + "}"));
            }
            try (ObjectOutputStream out = new ObjectOutputStream(new FileOutputStream(args[1]))) {
                out.writeObject(map);
            }
            return;
        }
        try (ObjectInputStream in = new ObjectInputStream(new FileInputStream(args[1]))) {
            TreeMap<String, String> sorted = new TreeMap<>();
            for (Map.Entry<?, ?> entry : ((HashMap<?, ?>) in.readObject()).entrySet()) {
                sorted.put(text(entry.getKey()), text(entry.getValue()));
            }
            sorted.forEach((key, value) -> System.out.println(key + "=" + value));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Object value) {
        return value == null ? "null" : new String((byte[]) value, StandardCharsets.UTF_8);
    }
}
