// Reads a Jenkinsfile as Jenkins does, with Groovy, and prints its steps by stage as JSON.
//
// Jenkins itself is not to be had here: this knows the sections of a declarative pipeline that the example has, by the
// names that Jenkins documents, and refuses any other.
import groovy.json.JsonOutput

class Section {
    final String name
    final Map<String, Closure> known

    Section(String name, Map<String, Closure> known) {
        this.name = name
        this.known = known
    }

    def read(Closure body) {
        body.delegate = this
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body()
        this
    }

    def methodMissing(String called, Object arguments) {
        def meaning = known[called]
        if (meaning == null) {
            throw new IllegalArgumentException("${name} has no ${called}")
        }
        meaning(*arguments)
    }
}

class Environment extends Section {
    final Map<String, Object> variables = [:]

    Environment() {
        super('environment', [credentials: { String id -> "credentials of ${id}" }])
    }

    def getProperty(String asked) {
        asked in ['known', 'name', 'variables'] ? metaClass.getProperty(this, asked) : [WORKSPACE: '/workspace']
    }

    void setProperty(String variable, Object value) {
        variables[variable] = value
    }
}

stages = [:]

def section(String name, Map<String, Closure> known, Closure body) {
    new Section(name, known).read(body)
}

def conditions() {
    [
        branch: { String name -> },
        changeRequest: { -> },
        expression: { Closure test -> },
        not: { Closure body -> section('not', conditions(), body) },
    ]
}

def stage(String name, Closure body) {
    stages[name] = []
    section("stage ${name}", [
        when: { Closure inner -> section('when', conditions(), inner) },
        steps: { Closure inner -> section('steps', [sh: { String line -> stages[name] << line }], inner) },
        post: { Closure inner ->
            section('post', [always: { Closure steps -> section('always', [junit: { String file -> }], steps) }], inner)
        },
    ], body)
}

binding.pipeline = { Closure body ->
    section('pipeline', [
        agent: { Closure inner ->
            section('agent', [docker: { Closure docker -> section('docker', [image: { String it -> }], docker) }], inner)
        },
        options: { Closure inner ->
            section('options', [
                disableConcurrentBuilds: { -> },
                timeout: { Map limit -> assert limit.keySet() == ['time', 'unit'] as Set },
            ], inner)
        },
        parameters: { Closure inner ->
            section('parameters', [
                booleanParam: { Map it -> assert it.keySet() == ['name', 'defaultValue', 'description'] as Set },
            ], inner)
        },
        environment: { Closure inner -> new Environment().read(inner) },
        stages: { Closure inner -> section('stages', [stage: this.&stage], inner) },
    ], body)
}

new GroovyShell(binding).evaluate(new File(args[0]))
println JsonOutput.toJson(stages)
