"""Runs ministack, an emulator of AWS in Python, with the parts added that it lacks for template.yaml. .ci/emulated starts it.

Every function below that begins with `gap` fills one gap of the emulator. They replace functions of ministack that are private, so
its version is pinned. None of them knows this project's template; each does what AWS documents.
"""

import copy
import re

from ministack import app
from ministack.core import iam_actions
from ministack.services import apigateway_v1 as gateway
from ministack.services import iam, lambda_svc, waf
from ministack.services.cloudformation import provisioners


def accepted(response):
    """What an emulated service answered, unless it is an error."""
    status, _, body = response
    if status >= 400:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)


def also(kind, apply):
    """Has `apply` done to every resource of a kind after it was made or changed."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    create, update = handlers["create"], handlers["update"]

    def create_and_apply(logical_id, properties, stack):
        made = create(logical_id, properties, stack)
        apply(made[0], properties)
        return made

    def update_and_apply(physical_id, old, new, *more):
        made = update(physical_id, old, new, *more)
        apply(made[0], new)
        return made

    handlers.update(create=create_and_apply, update=update_and_apply)


def gap_web_acl_association():
    """The resource type AWS::WAFv2::WebACLAssociation."""

    def create(logical_id, properties, stack):
        accepted(waf._associate_web_acl(properties))
        return f"{properties['WebACLArn']}|{properties['ResourceArn']}", {}

    def update(physical_id, old, new, stack):
        delete(physical_id, old)
        return create(None, new, stack)

    def delete(physical_id, properties):
        accepted(waf._disassociate_web_acl(properties))

    provisioners._RESOURCE_HANDLERS["AWS::WAFv2::WebACLAssociation"] = {"create": create, "update": update, "delete": delete}


def gap_permissions_boundary():
    """A role's permissions boundary."""

    def apply(name, properties):
        iam._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary")

    also("AWS::IAM::Role", apply)


def gap_reserved_concurrency():
    """A function's reserved concurrency."""

    def apply(name, properties):
        lambda_svc._functions[name]["concurrency"] = properties.get("ReservedConcurrentExecutions")

    also("AWS::Lambda::Function", apply)


def gap_alarm_on_metric_math():
    """An alarm whose value is an expression. It is kept as an alarm on the first metric of the expression, and never evaluated."""
    record = provisioners._cw_metric_alarm_record

    def with_expression(name, properties):
        if properties.get("Metrics"):
            first = next(each["MetricStat"] for each in properties["Metrics"] if "MetricStat" in each)
            properties = {**properties, **first["Metric"], "Statistic": first["Stat"], "Period": first["Period"]}
            del properties["Metrics"]
        return record(name, properties)

    provisioners._cw_metric_alarm_record = with_expression


def gap_openapi_extensions():
    """What an imported OpenAPI document says in API Gateway's own words: any method, gateway responses, the execute-api host."""
    load = gateway._import_rest_api
    gateway._OPENAPI_HTTP_METHODS.add("any")

    def with_extensions(document, data=None):
        document = copy.deepcopy(document)
        for path in document["paths"].values():
            if "x-amazon-apigateway-any-method" in path:
                path["any"] = path.pop("x-amazon-apigateway-any-method")
        host = document.get("servers", [{}])[0].get("x-amazon-apigateway-endpoint-configuration", {})
        api = load(document, {**(data or {}), "disableExecuteApiEndpoint": host.get("disableExecuteApiEndpoint", False)})
        for name, response in document.get("x-amazon-apigateway-gateway-responses", {}).items():
            accepted(gateway._put_gateway_response(api, name, response))
        return api

    gateway._import_rest_api = with_extensions


def gap_disabled_execute_api_host():
    """An API whose execute-api host is disabled answers there with 403."""
    handle = app._handle_execute_api_request

    async def with_switch(host, path, *arguments, **named):
        called = app._parse_execute_api_url(host, path)
        if called and gateway._rest_apis.get(called[0], {}).get("disableExecuteApiEndpoint"):
            return 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'
        return await handle(host, path, *arguments, **named)

    app._handle_execute_api_request = with_switch


def gap_answers_of_a_function():
    """A function's body that is null, and a gateway response where Lambda has no instance free."""

    class Throttled(Exception):
        pass

    shape, invoke = gateway._lambda_proxy_response, gateway._invoke_lambda_proxy_v1

    def shape_with_null(result):
        if result.get("throttle"):
            raise Throttled
        answer, error = shape(result)
        return (answer and {**answer, "body": answer.get("body") or ""}), error

    async def invoke_with_failure(*arguments, **named):
        try:
            return await invoke(*arguments, **named)
        except Throttled:
            return gateway._gw_error("INTEGRATION_FAILURE", "Internal server error")

    gateway._lambda_proxy_response = shape_with_null
    gateway._invoke_lambda_proxy_v1 = invoke_with_failure


def gap_logging_controls():
    """Lambda hands LoggingConfig to the function in its environment."""
    environment = lambda_svc._provided_worker_env

    def with_logging(config, code, port):
        logging = config.get("LoggingConfig", {})
        return environment(config, code, port) | {
            "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat", "Text"),
            "AWS_LAMBDA_LOG_LEVEL": logging.get("ApplicationLogLevel", "INFO"),
        }

    lambda_svc._provided_worker_env = with_logging


def gap_condition_keys_of_dynamodb():
    """The attributes that a write names, as dynamodb:Attributes, and what it asks to be returned, as dynamodb:ReturnValues."""
    context = iam_actions.dynamodb_service_context
    words = {
        "set", "remove", "add", "delete", "and", "or", "not", "in", "between", "if_not_exists", "list_append", "attribute_exists",
        "attribute_not_exists", "attribute_type", "begins_with", "contains", "size",
    }  # fmt: skip

    def with_writes(body):
        keys, request = context(body), iam_actions.json.loads(body or b"{}")
        names = request.get("ExpressionAttributeNames", {})
        attributes = {*request.get("Key", {}), *request.get("Item", {})}
        for expression in ("UpdateExpression", "ConditionExpression"):
            for name in re.findall(r"(?<![\w:.])#?[A-Za-z_]\w*", request.get(expression, "")):
                if name.lower() not in words:
                    attributes.add(names.get(name, name))
        if attributes:
            keys["dynamodb:Attributes"] = sorted(attributes | set(keys.get("dynamodb:Attributes", [])))
        if "ReturnValues" in request:
            keys["dynamodb:ReturnValues"] = request["ReturnValues"]
        return keys

    iam_actions.dynamodb_service_context = with_writes


for name, gap in list(globals().items()):
    if name.startswith("gap_"):
        gap()
app.main()
