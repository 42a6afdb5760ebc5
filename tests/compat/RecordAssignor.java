// SPDX-License-Identifier: Apache-2.0
package org.apache.kafka.connect.runtime.distributed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.runtime.distributed.WorkerCoordinator.ConnectorsAndTasks;
import org.apache.kafka.connect.storage.ClusterConfigState;
import org.apache.kafka.connect.util.ConnectorTaskId;

/**
 * Plays rounds, one scenario a line, to Java Connect's own assignor and prints what it decides.
 *
 * <p>Compile and run it with the jars of connect-runtime on the class path; scenarios have the form
 * of those in assignor_recorded.json, which it has answered.
 */
public final class RecordAssignor {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        BufferedReader input =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(JSON.writeValueAsString(play(JSON.readTree(line))));
        }
    }

    private static ArrayNode play(JsonNode scenario) {
        long[] now = {0};
        Time time = (Time) Proxy.newProxyInstance(
            Time.class.getClassLoader(), new Class<?>[] {Time.class},
            (proxy, method, args) -> now[0]);
        IncrementalCooperativeAssignor assignor = new IncrementalCooperativeAssignor(
            new LogContext(), time, scenario.get("max_delay").asInt());
        ArrayNode answers = JSON.createArrayNode();
        for (JsonNode round : scenario.get("rounds")) {
            now[0] = round.get("now").asLong();
            Map<String, ConnectorsAndTasks> members = new LinkedHashMap<>();
            round.get("members").forEach(member -> members.put(
                member.get("id").asText(),
                new ConnectorsAndTasks.Builder()
                    .with(texts(member.get("connectors")), tasks(member.get("tasks"))).build()));
            IncrementalCooperativeAssignor.ClusterAssignment result = assignor.performTaskAssignment(
                configured(round.get("configured")), round.get("last_completed").asInt(),
                round.get("generation").asInt(), members);
            ObjectNode answer = answers.addObject();
            answer.put("delay", assignor.delay);
            ObjectNode workers = answer.putObject("members");
            for (String member : members.keySet()) {
                ObjectNode worker = workers.putObject(member);
                add(worker, "connectors", result.newlyAssignedConnectors(member));
                add(worker, "tasks", result.newlyAssignedTasks(member));
                add(worker, "revoked_connectors", result.newlyRevokedConnectors(member));
                add(worker, "revoked_tasks", result.newlyRevokedTasks(member));
                add(worker, "all_connectors", result.allAssignedConnectors().get(member));
                add(worker, "all_tasks", result.allAssignedTasks().get(member));
            }
        }
        return answers;
    }

    private static void add(ObjectNode worker, String field, Collection<?> items) {
        ArrayNode list = worker.putArray(field);
        if (items != null) {
            items.forEach(item -> list.add(item.toString()));
        }
    }

    private static ClusterConfigState configured(JsonNode counts) {
        Map<String, Integer> taskCounts = new HashMap<>();
        Map<String, Map<String, String>> configs = new HashMap<>();
        Map<ConnectorTaskId, Map<String, String>> taskConfigs = new HashMap<>();
        counts.fields().forEachRemaining(entry -> {
            taskCounts.put(entry.getKey(), entry.getValue().asInt());
            configs.put(entry.getKey(), Map.of());
            for (int task = 0; task < entry.getValue().asInt(); task++) {
                taskConfigs.put(new ConnectorTaskId(entry.getKey(), task), Map.of());
            }
        });
        return new ClusterConfigState(1L, null, taskCounts, configs, Map.of(), taskConfigs,
            Map.of(), Map.of(), Map.of(), Set.of(), Set.of());
    }

    private static List<String> texts(JsonNode array) {
        List<String> result = new ArrayList<>();
        array.forEach(item -> result.add(item.asText()));
        return result;
    }

    private static List<ConnectorTaskId> tasks(JsonNode array) {
        List<ConnectorTaskId> result = new ArrayList<>();
        array.forEach(item -> {
            int dash = item.asText().lastIndexOf('-');
            result.add(new ConnectorTaskId(item.asText().substring(0, dash),
                Integer.parseInt(item.asText().substring(dash + 1))));
        });
        return result;
    }
}
