# shellcheck shell=bash
# Commands for docs/operations.md, in bash with the AWS CLI: `. ./operate.sh [STACK]`. Sourcing it only reads the name of the table.
#
#   output NAME             an output of the stack          resource NAME   the physical name of a resource
#   settings                the stack's parameters as they are in force, whatever samconfig.toml says
#   parameter NAME          one of them
#   errors [SECONDS]        the function's ERROR lines of the last hour
#   events                  why the last updates of the stack failed
#   change NAME=VALUE ...   changes parameters of the stack and no others, without a build
#   stop REGION ...         no more registrations, within seconds          resume REGION ...
#   leave REGION            takes a region's record out of latency routing          rejoin REGION
#   recover                 brings a deleted table back, under its own name
#   protect TABLE           gives a restored table what a restore leaves out
#   grant ROLE TABLE        lets an authorization server's role use a second table          revoke ROLE
#   check [REGION]          registers a client and deletes it again
#   clients ...             finds, shows, deletes, expires and copies clients: clients --help
[ -n "${BASH_VERSION:-}" ] || { echo "operate.sh: start bash first" >&2; return 1; }
STACK="${1:-client-registration}"
OPERATE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)" # also after a cd

operate_help() { sed -n 's/^#   \{0,1\}//p' "$OPERATE/operate.sh"; }

stack() { aws cloudformation describe-stacks --stack-name "$STACK" --output text --query "Stacks[0].$1"; }
output() { stack "Outputs[?OutputKey=='$1'].OutputValue | [0]"; }
parameter() { stack "Parameters[?ParameterKey=='$1'].ParameterValue | [0]"; }
settings() { stack 'Parameters[].[ParameterKey, ParameterValue]'; }
resource() {
    aws cloudformation describe-stack-resource --stack-name "$STACK" --output text \
        --logical-resource-id "$1" --query StackResourceDetail.PhysicalResourceId
}
errors() {
    aws logs filter-log-events --log-group-name "$(output FunctionLogGroup)" --output text --query 'events[].message' \
        --start-time $((($(date +%s) - ${1:-3600}) * 1000)) --filter-pattern '{ $.level = "ERROR" }'
}
events() {
    aws cloudformation describe-stack-events --stack-name "$STACK" --output text \
        --query "StackEvents[?ends_with(ResourceStatus, '_FAILED')] | [:5].[Timestamp, LogicalResourceId, ResourceStatusReason]"
}
change() {
    local name value all changed=" " parameters=()
    [ $# -gt 0 ] || { echo "change NAME=VALUE ..." >&2; return 2; }
    all="$(stack 'Parameters[].ParameterKey')" || return
    for value in "$@"; do
        name="${value%%=*}" value="${value#*=}"
        case " ${all//[[:space:]]/ } " in *" $name "*) ;; *) echo "change: $STACK has no parameter $name" >&2; return 2 ;; esac
        value="${value//\\/\\\\}" changed="$changed$name "
        parameters+=("{\"ParameterKey\":\"$name\",\"ParameterValue\":\"${value//\"/\\\"}\"}")
    done
    for name in $all; do
        case "$changed" in *" $name "*) ;; *) parameters+=("{\"ParameterKey\":\"$name\",\"UsePreviousValue\":true}") ;; esac
    done
    aws cloudformation update-stack --stack-name "$STACK" --use-previous-template \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameters "${parameters[@]}" || return
    aws cloudformation wait stack-update-complete --stack-name "$STACK" || { events >&2; return 1; }
}

# in_region REGION COMMAND ...: with the AWS CLI pointed there.
in_region() { local -x AWS_REGION="$1" AWS_DEFAULT_REGION="$1"; "${@:2}"; }
in_regions() {
    local what="$1" region status=0
    shift
    [ $# -gt 0 ] || { echo "$what REGION ..." >&2; return 2; }
    for region in "$@"; do
        if in_region "$region" "${what}_here" "$region" >/dev/null; then echo "$what: $region: done"; else
            echo "$what: $region: FAILED" >&2
            status=1
        fi
    done
    return "$status"
}
stop() { in_regions stop "$@"; }
resume() { in_regions resume "$@"; }
leave() { in_regions leave "$@"; }
rejoin() { in_regions rejoin "$@"; }
stop_here() {
    local function
    function="$(resource RegisterFunction)" &&
        aws lambda put-function-concurrency --function-name "$function" --reserved-concurrent-executions 0
}
resume_here() {
    local function reserved
    function="$(resource RegisterFunction)" && reserved="$(parameter ReservedConcurrency)" || return
    if [ "$reserved" -gt 0 ]; then
        aws lambda put-function-concurrency --function-name "$function" --reserved-concurrent-executions "$reserved"
    else
        aws lambda delete-function-concurrency --function-name "$function"
    fi
}
leave_here() { record DELETE "$1"; }
rejoin_here() { record CREATE "$1"; }
record() {
    local name zone target
    name="$(parameter DomainName)" && zone="$(parameter HostedZoneId)" && target="$(aws apigateway get-domain-name \
        --domain-name "$name" --query '{DNSName: regionalDomainName, HostedZoneId: regionalHostedZoneId}' --output json)" || return
    aws route53 change-resource-record-sets --hosted-zone-id "$zone" --change-batch "{\"Changes\": [{\"Action\": \"$1\",
        \"ResourceRecordSet\": {\"Name\": \"$name\", \"Type\": \"A\", \"SetIdentifier\": \"$2\", \"Region\": \"$2\",
        \"AliasTarget\": ${target%\}*}, \"EvaluateTargetHealth\": false}}}]}"
}

recover() {
    local backup
    backup="$(aws dynamodb list-backups --table-name "$TABLE" --backup-type SYSTEM --output text \
        --query 'sort_by(BackupSummaries, &BackupCreationDateTime)[-1].BackupArn')" || return
    [ "$backup" != None ] || { echo "recover: there is no backup of a deleted $TABLE" >&2; return 1; }
    aws dynamodb restore-table-from-backup --backup-arn "$backup" --target-table-name "$TABLE" >/dev/null &&
        aws dynamodb wait table-exists --table-name "$TABLE" && protect "$TABLE"
}
protect() {
    aws dynamodb update-time-to-live --table-name "$1" --time-to-live-specification Enabled=true,AttributeName=expires_at &&
        aws dynamodb update-continuous-backups --table-name "$1" \
            --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true &&
        aws dynamodb update-table --table-name "$1" --deletion-protection-enabled >/dev/null &&
        aws dynamodb wait table-exists --table-name "$1" &&
        aws dynamodb update-table --table-name "$1" \
            --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES >/dev/null # for more regions
}
grant() {
    local policy version document
    [ $# = 2 ] || { echo "grant ROLE TABLE" >&2; return 2; }
    policy="$(output ReadClientsPolicyArn)" &&
        version="$(aws iam get-policy --policy-arn "$policy" --query Policy.DefaultVersionId --output text)" &&
        document="$(aws iam get-policy-version --policy-arn "$policy" --version-id "$version" \
            --query PolicyVersion.Document --output json)" &&
        aws iam put-role-policy --role-name "$1" --policy-name restored \
            --policy-document "${document//table\/$TABLE\"/table\/$2\"}"
}
revoke() { aws iam delete-role-policy --role-name "$1" --policy-name restored; }
check() { sh "$OPERATE/check-deployment" "$STACK" "$@"; }
clients() { python3 "$OPERATE/clients.py" "${TABLE:?of $STACK is not known: source operate.sh again}" "$@"; }

TABLE="$(output TableName)"
